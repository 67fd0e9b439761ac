package assets

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Versions is what the control plane's module pins: the one place that says so.
type Versions struct {
	// Kubernetes is the version of k8s.io/kubernetes, as v1.37.1.
	Kubernetes string
	// Etcd is the version of go.etcd.io/etcd/server/v3.
	Etcd string
}

var (
	kubernetesLine = regexp.MustCompile(`(?m)^\s*k8s\.io/kubernetes (v\d+\.\d+\.\d+)(?: // indirect)?$`)
	etcdLine       = regexp.MustCompile(`(?m)^\s*go\.etcd\.io/etcd/server/v3 (v\d+\.\d+\.\d+)(?: // indirect)?$`)
)

func readVersions(goMod string) (Versions, error) {
	text, err := os.ReadFile(goMod)
	if err != nil {
		return Versions{}, fmt.Errorf("reading which control plane to use: %w", err)
	}
	k8s, etcd := kubernetesLine.FindSubmatch(text), etcdLine.FindSubmatch(text)
	if k8s == nil || etcd == nil {
		return Versions{}, fmt.Errorf("%s pins no k8s.io/kubernetes or no etcd server: restore its require lines", goMod)
	}
	return Versions{Kubernetes: string(k8s[1]), Etcd: string(etcd[1])}, nil
}

// Minor is the release series, as 1.37.
func (v Versions) Minor() string {
	parts := strings.SplitN(strings.TrimPrefix(v.Kubernetes, "v"), ".", 3)
	return strings.Join(parts[:2], ".")
}

// ldflags stamps the version, without which kubectl cannot talk to the API server.
func (v Versions) ldflags() string {
	const pkg = "k8s.io/component-base/version"
	major, minor, _ := strings.Cut(v.Minor(), ".")
	return fmt.Sprintf("-s -w -X %[1]s.gitVersion=%[2]s -X %[1]s.gitMajor=%[3]s -X %[1]s.gitMinor=%[4]s",
		pkg, v.Kubernetes, major, minor)
}

// cacheDir is where builds of these versions are kept.
func cacheDir(v Versions) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place to keep the control plane's binaries (set HOME or XDG_CACHE_HOME): %w", err)
	}
	return filepath.Join(base, "card-operator", "controlplane", v.Kubernetes+"-etcd-"+v.Etcd), nil
}

// moduleRoot is the nearest directory upwards that holds the control plane's module.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "hack", "controlplane", "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is not inside a clone of card-operator: run this from one", dir)
		}
	}
}
