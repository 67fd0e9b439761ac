package assets

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

// finder returns a Finder of empty directories whose downloads cannot be reached and whose
// module cannot be built.
func finder(t *testing.T) *Finder {
	t.Helper()
	unreachable := httptest.NewServer(http.NotFoundHandler())
	unreachable.Close()
	return &Finder{
		Module: t.TempDir(), Cache: filepath.Join(t.TempDir(), "cache"), Store: t.TempDir(),
		Getenv: func(string) string { return "" }, Clock: clock.Real{}, Progress: t.Logf,
		Releases: unreachable.URL, versions: Versions{Kubernetes: "v1.37.1", Etcd: "v3.7.3"},
	}
}

func install(t *testing.T, dir string, mode os.FileMode, names ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheQuickestSourceComesFirst(t *testing.T) {
	f := finder(t)
	named := t.TempDir()
	stored := filepath.Join(f.Store, fmt.Sprintf("1.37.0-%s-%s", runtime.GOOS, runtime.GOARCH))
	install(t, stored, 0o755, "kube-apiserver", "etcd")
	expect(t, f, stored)
	install(t, f.Cache, 0o755, "kube-apiserver", "etcd")
	expect(t, f, f.Cache)
	install(t, named, 0o755, "kube-apiserver", "etcd")
	f.Getenv = func(string) string { return named }
	expect(t, f, named)
}

func expect(t *testing.T, f *Finder, want string) {
	t.Helper()
	dir, source, err := f.ControlPlane(t.Context())
	if err != nil || dir != want || source == "" {
		t.Errorf("got %q from %q and %v, want %q", dir, source, err, want)
	}
}

func TestHalfAControlPlaneIsNone(t *testing.T) {
	for name, fill := range map[string]func(dir string){
		"etcd missing":         func(dir string) { install(t, dir, 0o755, "kube-apiserver") },
		"not executable":       func(dir string) { install(t, dir, 0o644, "kube-apiserver", "etcd") },
		"an interrupted build": func(dir string) { install(t, dir, 0o755, "etcd", "kube-apiserver.partial") },
	} {
		dir := t.TempDir()
		if fill(dir); complete(dir) {
			t.Errorf("%s: taken for a control plane", name)
		}
	}
}

func TestANamedDirectoryThatIsWrongIsAnError(t *testing.T) {
	f := finder(t)
	f.Getenv = func(string) string { return f.Store }
	if _, _, err := f.ControlPlane(t.Context()); err == nil || !strings.Contains(err.Error(), EnvDir) {
		t.Errorf("want an error about %s, got %v", EnvDir, err)
	}
}

func TestTheNewestDownloadOfTheSeries(t *testing.T) {
	store := t.TempDir()
	at := func(version string) string {
		return filepath.Join(store, version+"-"+runtime.GOOS+"-"+runtime.GOARCH)
	}
	v := Versions{Kubernetes: "v1.37.1"}
	install(t, at("1.36.9"), 0o755, "kube-apiserver", "etcd")
	if got := newestStored(store, v); got != "" {
		t.Errorf("another series was taken: %s", got)
	}
	install(t, at("1.37.9"), 0o755, "kube-apiserver", "etcd")
	install(t, at("1.37.10"), 0o755, "kube-apiserver", "etcd")
	install(t, at("1.37.11"), 0o755, "etcd")
	if got := newestStored(store, v); got != at("1.37.10") {
		t.Errorf("got %s, want 1.37.10", got)
	}
}

func TestADownloadThatHangsIsGivenUp(t *testing.T) {
	release := make(chan struct{})
	hang := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hang.Close()
	defer close(release)
	f := finder(t)
	f.Releases = hang.URL
	begin := time.Now()
	if err := f.reachable(t.Context()); err == nil {
		t.Error("a server that says nothing counts as reachable")
	}
	if took := time.Since(begin); took > 2*probeLimit {
		t.Errorf("it took %s to give up", took)
	}
}

func TestNobodyNeedsToListen(t *testing.T) {
	f, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Progress("this goes %s", "nowhere")
	if f.versions.Kubernetes == "" || !strings.Contains(f.Cache, f.versions.Kubernetes) {
		t.Errorf("the cache %s does not tell versions apart", f.Cache)
	}
}

func TestReadVersions(t *testing.T) {
	v, err := readVersions(filepath.Join("..", "..", "..", "hack", "controlplane", "go.mod"))
	if err != nil || !strings.HasPrefix(v.Kubernetes, "v1.") || !strings.HasPrefix(v.Etcd, "v3.") {
		t.Errorf("got %+v and %v", v, err)
	}
	path := filepath.Join(t.TempDir(), "go.mod")
	if err := os.WriteFile(path, []byte("module x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readVersions(path); err == nil {
		t.Error("a go.mod that pins nothing was accepted")
	}
}

func TestTheVersionIsStamped(t *testing.T) {
	flags := Versions{Kubernetes: "v1.37.1"}.ldflags()
	for _, want := range []string{"version.gitVersion=v1.37.1", "version.gitMajor=1", "version.gitMinor=37"} {
		if !strings.Contains(flags, want) {
			t.Errorf("%q lacks %s", flags, want)
		}
	}
}

// TestABuildThatFailsLeavesNothingAndExplains builds in a directory that is no module.
func TestABuildThatFailsLeavesNothingAndExplains(t *testing.T) {
	f := finder(t)
	_, _, err := f.ControlPlane(t.Context())
	if err == nil || !strings.Contains(err.Error(), "building kube-apiserver") || !strings.Contains(err.Error(), "go") {
		t.Errorf("got %v", err)
	}
	if complete(f.Cache) || executable(filepath.Join(f.Cache, "kube-apiserver.partial")) {
		t.Error("a failed build left something behind")
	}
}

func TestOneBuildAtATime(t *testing.T) {
	f := finder(t)
	install(t, f.Cache, 0o755)
	var said sync.Map
	f.Progress = func(format string, _ ...any) { said.Store(format, true) }
	unlock, err := f.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.lock(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two builds hold the lock: %v", err)
	}
	if _, told := said.Load("another build of the control plane is under way: waiting for it"); !told {
		t.Error("nobody was told why nothing happens")
	}
	unlock()
	again, err := f.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestLineCounter(t *testing.T) {
	c := &lineCounter{}
	fmt.Fprint(c, "go: downloading x v1\na/b\nc/")
	fmt.Fprint(c, "d\nlast")
	if got := c.Count(); got != 2 {
		t.Errorf("counted %d packages, want 2", got)
	}
	if got := string(tail([]byte("1\n2\n3\n"), 2)); got != "2\n3" {
		t.Errorf("the tail is %q", got)
	}
}
