package demo

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/clock"
)

func listen(t *testing.T) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}

func TestTheDemoSaysWhatItNeeds(t *testing.T) {
	t.Chdir(t.TempDir())
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for want, cluster := range map[string]string{"make demo": ClusterOwn, "unknown cluster": "other"} {
		err := Run(t.Context(), Options{Cluster: cluster, Clock: clock.Real{}, Out: out})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %s, got %v", want, err)
		}
	}
}

func TestTheEndComesBackwardsAndCompletely(t *testing.T) {
	var order []string
	s := &show{screen: newScreen(os.Stderr)}
	s.atEnd(func(context.Context) error { order = append(order, "cluster"); return nil })
	s.atEnd(func(context.Context) error { order = append(order, "sandbox"); return errors.New("stuck") })
	s.atEnd(func(ctx context.Context) error { order = append(order, "manager"); return ctx.Err() })
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.end(interrupted)
	if got := strings.Join(order, " "); got != "manager sandbox cluster" {
		t.Errorf("ended in the order %s", got)
	}
	if err == nil || err.Error() != "stuck" {
		t.Errorf("got %v", err)
	}
}

func TestTheHintsCanBePasted(t *testing.T) {
	samples, err := readSamples(realSamples, "qbit", "http://127.0.0.1:1", credentials{})
	if err != nil {
		t.Fatal(err)
	}
	s := &show{cluster: &cluster{kubeconfig: ".demo/kubeconfig"}, samples: samples, sandbox: &sandbox{address: "127.0.0.1:1"}}
	hints := strings.Join(s.hints("kubectl"), "\n")
	for _, want := range []string{"export KUBECONFIG=/", "kubectl -n growth patch vc search-ads", `"state":"Frozen"`, "delete vc"} {
		if !strings.Contains(hints, want) {
			t.Errorf("%q is not in\n%s", want, hints)
		}
	}
	if !strings.Contains(strings.Join(s.hints("bin/kubectl"), "\n"), "make kubectl") {
		t.Error("nobody says where kubectl comes from")
	}
	if got := quote("/a b/it's"); got != `'/a b/it'\''s'` {
		t.Errorf("quoted as %s", got)
	}
}
