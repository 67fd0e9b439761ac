// Package assets finds kube-apiserver and etcd for the demo and the tests, and builds
// them from their Go modules where nothing quicker has them. It needs no Kubernetes
// library, so that `make controlplane` starts at once.
package assets

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/card-operator/card-operator/internal/clock"
)

// EnvDir is the environment variable by which a user names a directory that already
// holds the binaries. It is the one that envtest and setup-envtest use.
const EnvDir = "KUBEBUILDER_ASSETS"

// Progress is told, in words for a person, what is going on.
type Progress func(format string, args ...any)

// Finder looks for the binaries of one control plane.
type Finder struct {
	// Module is the directory of the Go module that pins the control plane.
	Module string
	// Cache is the directory in which builds are kept, shared by all clones.
	Cache string
	// Store is the directory in which setup-envtest keeps its downloads.
	Store string
	// Getenv reads the environment.
	Getenv func(string) string
	// Clock times the build.
	Clock clock.Clock
	// Progress is told what is going on.
	Progress Progress
	// Releases is where setup-envtest finds its list of downloads.
	Releases string

	versions Versions
}

// New returns a Finder for the repository that contains the working directory. Progress
// may be nil where nobody wants to know.
func New(progress Progress) (*Finder, error) {
	if progress == nil {
		progress = func(string, ...any) {}
	}
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	module := filepath.Join(root, "hack", "controlplane")
	versions, err := readVersions(filepath.Join(module, "go.mod"))
	if err != nil {
		return nil, err
	}
	cache, err := cacheDir(versions)
	if err != nil {
		return nil, err
	}
	return &Finder{
		Module: module, Cache: cache, Store: storeDir(), Getenv: os.Getenv,
		Clock: clock.Real{}, Progress: progress, Releases: releasesURL, versions: versions,
	}, nil
}

// ControlPlane returns a directory that holds kube-apiserver and etcd, and says in a few
// words where they come from. It tries, in this order: the directory that the user
// names, earlier builds and downloads, a download, a build.
func (f *Finder) ControlPlane(ctx context.Context) (dir, source string, err error) {
	if dir := f.Getenv(EnvDir); dir != "" {
		return dir, EnvDir, f.checkNamed(dir)
	}
	if complete(f.Cache) {
		return f.Cache, "built earlier from Go modules", nil
	}
	if dir := newestStored(f.Store, f.versions); dir != "" {
		return dir, "downloaded earlier by setup-envtest", nil
	}
	if dir, err := f.download(ctx); err == nil {
		return dir, "downloaded by setup-envtest", nil
	} else if ctx.Err() == nil {
		f.Progress("no download of kube-apiserver and etcd (%v): building them", err)
	}
	if err := f.build(ctx, apiServer, etcd); err != nil {
		return "", "", err
	}
	return f.Cache, "built from Go modules", nil
}

// Kubectl returns the path of a kubectl of the control plane's version, building it
// where needed.
func (f *Finder) Kubectl(ctx context.Context) (string, error) {
	path := filepath.Join(f.Cache, kubectl.name)
	if executable(path) {
		return path, nil
	}
	return path, f.build(ctx, kubectl)
}

func (f *Finder) checkNamed(dir string) error {
	if complete(dir) {
		return nil
	}
	return fmt.Errorf("%s=%s does not hold kube-apiserver and etcd: correct it, or unset it to have them fetched", EnvDir, dir)
}

// complete says whether dir holds all that a control plane needs.
func complete(dir string) bool {
	return executable(filepath.Join(dir, apiServer.name)) && executable(filepath.Join(dir, etcd.name))
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o100 != 0
}
