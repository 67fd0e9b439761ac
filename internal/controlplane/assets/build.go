package assets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
)

// binary is a program of the control plane and the package it is built from.
type binary struct {
	name string
	pkg  string
}

var (
	apiServer = binary{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"}
	etcd      = binary{"etcd", "go.etcd.io/etcd/server/v3"}
	kubectl   = binary{"kubectl", "k8s.io/kubernetes/cmd/kubectl"}
)

// reportEvery is how often a build says that it is still at work.
const reportEvery = 10 * time.Second

// build puts the binaries into the cache. One build runs at a time on a machine; who
// comes second finds the work done.
func (f *Finder) build(ctx context.Context, wanted ...binary) error {
	if err := os.MkdirAll(f.Cache, 0o755); err != nil { //nolint:gosec // a cache of public programs
		return fmt.Errorf("making the control plane's cache: %w", err)
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for _, b := range wanted {
		if err := f.buildOne(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// buildOne builds under a temporary name, so that an interrupted build is never taken
// for a finished one.
func (f *Finder) buildOne(ctx context.Context, b binary) error {
	target := filepath.Join(f.Cache, b.name)
	if executable(target) {
		return nil
	}
	partial := target + ".partial"
	defer os.Remove(partial)
	if err := f.goBuild(ctx, b, partial); err != nil {
		return fmt.Errorf("building %s: %w", b.name, err)
	}
	if err := os.Rename(partial, target); err != nil {
		return fmt.Errorf("keeping the %s that was built: %w", b.name, err)
	}
	return nil
}

// goBuild runs the compiler and reports while it runs.
func (f *Finder) goBuild(ctx context.Context, b binary, out string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-mod=readonly", "-trimpath",
		"-ldflags", f.versions.ldflags(), "-o", out, b.pkg)
	cmd.Dir = f.Module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	packages := &lineCounter{}
	cmd.Stderr = packages
	stop := f.report(ctx, b, packages)
	err := cmd.Run()
	stop()
	if err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("%w:\n%s", err, packages.Tail()))
	}
	return nil
}

// report says now and then how far the build is. The function it returns ends that, with
// a last line about how long it took.
func (f *Finder) report(ctx context.Context, b binary, packages *lineCounter) (stop func()) {
	start := f.Clock.Now()
	f.Progress("building %s %s from its Go module: takes some minutes, once", b.name, f.version(b))
	ticking, cancel := context.WithCancel(ctx)
	go func() {
		for f.Clock.Sleep(ticking, reportEvery) == nil {
			f.Progress("  %s: %s so far, %d packages compiled", b.name, since(f.Clock, start), packages.Count())
		}
	}()
	return func() {
		cancel()
		f.Progress("  %s: done after %s", b.name, since(f.Clock, start))
	}
}

func (f *Finder) version(b binary) string {
	if b == etcd {
		return f.versions.Etcd
	}
	return f.versions.Kubernetes
}

func since(c clock.Clock, start time.Time) time.Duration {
	return c.Now().Sub(start).Round(time.Second)
}

// tailLines bounds what is quoted of a failed build.
const tailLines = 30

// tail returns the last lines of text.
func tail(text []byte, lines int) []byte {
	all := bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n"))
	return bytes.Join(all[max(0, len(all)-lines):], []byte("\n"))
}
