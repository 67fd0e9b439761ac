package assets

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// releasesURL is the list of downloads that setup-envtest reads.
	releasesURL = "https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml"
	// setupEnvtest is the tool, pinned by the control plane's module.
	setupEnvtest = "sigs.k8s.io/controller-runtime/tools/setup-envtest"
	// probeLimit is how long to wait for a sign that the downloads can be reached.
	probeLimit = 3 * time.Second
	// downloadLimit ends a download that would take as long as a build.
	downloadLimit = 3 * time.Minute
)

// storeDir is where setup-envtest keeps what it has downloaded, unless told otherwise.
func storeDir() string {
	home, _ := os.UserHomeDir()
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "io.kubebuilder.envtest", "k8s")
	}
	base := os.Getenv("XDG_DATA_HOME")
	if base == "" {
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "kubebuilder-envtest", "k8s")
}

// newestStored is the newest complete download of the wanted release series, or nothing.
func newestStored(store string, v Versions) string {
	pattern := fmt.Sprintf("%s.*-%s-%s", v.Minor(), runtime.GOOS, runtime.GOARCH)
	dirs, _ := filepath.Glob(filepath.Join(store, pattern)) // fails for a malformed pattern only
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return !complete(dir) })
	if len(dirs) == 0 {
		return ""
	}
	return slices.MaxFunc(dirs, func(a, b string) int { return patch(a) - patch(b) })
}

// patch is the third number of the version in a directory's name.
func patch(dir string) int {
	version, _, _ := strings.Cut(filepath.Base(dir), "-")
	number, _ := strconv.Atoi(version[strings.LastIndex(version, ".")+1:])
	return number
}

// download has setup-envtest fetch the binaries, where its downloads can be reached.
func (f *Finder) download(ctx context.Context) (string, error) {
	if err := f.reachable(ctx); err != nil {
		return "", err
	}
	f.Progress("downloading kube-apiserver and etcd %s with setup-envtest", f.versions.Minor())
	ctx, cancel := context.WithTimeout(ctx, downloadLimit)
	defer cancel()
	var errs bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "run", "-mod=readonly", setupEnvtest, "use", f.versions.Minor()+".x", "--print", "path")
	cmd.Dir, cmd.Stderr, cmd.WaitDelay = f.Module, &errs, 5*time.Second
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("setup-envtest failed: %w: %s", err, tail(errs.Bytes(), 1))
	}
	dir := strings.TrimSpace(string(out))
	if !complete(dir) {
		return "", fmt.Errorf("setup-envtest left no kube-apiserver and etcd in %q", dir)
	}
	return dir, nil
}

// reachable asks for the list of downloads and does not wait long for it.
func (f *Finder) reachable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, f.Releases, nil)
	if err != nil {
		return fmt.Errorf("asking for setup-envtest's releases: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("setup-envtest's releases cannot be reached from here")
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("setup-envtest's releases answer %s", resp.Status)
	}
	return nil
}
