// Package demo tells the operator's story to somebody who watches: a control plane, a
// sandbox issuer and the manager as separate processes, the samples coming true, a
// payment with a mounted card, and the issuer's own account of what was moved.
package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/go-logr/logr"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/money"
)

// Values of Options.Cluster.
const (
	ClusterOwn      = "own"
	ClusterExisting = "existing"
)

// DefaultIssuer is the dialect of Options.Issuer's default.
const DefaultIssuer = "qbit"

// DefaultDeadline is how long the samples may take to come true.
const DefaultDeadline = 3 * time.Minute

// The files that the demo reads and the programs that it runs, relative to the root of
// the repository.
const (
	crdDir     = "config/crd/bases"
	rbacDir    = "config/rbac"
	samplesDir = "config/samples"
	workDir    = ".demo"
	managerBin = "bin/manager"
	sandboxBin = "bin/sandbox"
)

// Options says how the demo runs.
type Options struct {
	// Cluster is ClusterOwn or ClusterExisting.
	Cluster string
	// Issuer is the dialect that the sandbox speaks: qbit, interlace or qitech.
	Issuer string
	// Deadline bounds the wait for the samples.
	Deadline time.Duration
	// Clock tells the time and waits.
	Clock clock.Clock
	// Out is where the story is told. In a terminal the demo stays up at the end.
	Out *os.File
}

// show is one run of the demo.
type show struct {
	Options

	screen  *screen
	dialect dialect
	cluster *cluster
	sandbox *sandbox
	manager *supervisor
	samples *samples
	// spent is what the payer has paid.
	spent money.Amount
	// ending is what must be undone, last first.
	ending []func(context.Context) error
}

// Run runs the demo. Its error is nil when everything came true.
func Run(ctx context.Context, opts Options) error {
	ctrllog.SetLogger(logr.Discard())
	if err := prepare(opts); err != nil {
		return err
	}
	chosen, err := dialectOf(cmp.Or(opts.Issuer, DefaultIssuer))
	if err != nil {
		return err
	}
	s := &show{Options: opts, screen: newScreen(opts.Out), dialect: chosen}
	err = s.play(ctx)
	if err == nil && s.screen.tty {
		s.stayUp(ctx)
	}
	if ctx.Err() != nil && err != nil {
		err = errors.New("interrupted before everything had come true")
	}
	return errors.Join(err, s.end(ctx))
}

// play is the story, an act a line.
func (s *show) play(ctx context.Context) error {
	for _, act := range []func(context.Context) error{
		s.startCluster,
		s.startSandbox,
		s.prepareSamples,
		s.startManager,
		s.applySamples,
		s.watch,
		s.showObjects,
		s.showSecrets,
		s.pay,
		s.showReport,
	} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	s.summary()
	return nil
}

// stayUp keeps everything running for the user to play with.
func (s *show) stayUp(ctx context.Context) {
	s.screen.say("")
	s.screen.say("%s Everything stays up. %s", s.screen.green("●"), s.screen.bold("Ctrl-C ends it."))
	<-ctx.Done()
	s.screen.say("")
}

// end undoes what the acts did, last first, also after an interrupt.
func (s *show) end(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	s.screen.step("Stopping what was started")
	var errs []error
	for i := len(s.ending) - 1; i >= 0; i-- {
		errs = append(errs, s.ending[i](ctx))
	}
	s.ending = nil
	return errors.Join(errs...)
}

// atEnd adds something to undo.
func (s *show) atEnd(undo func(context.Context) error) { s.ending = append(s.ending, undo) }

// prepare makes the directory for logs and kubeconfigs and checks what must be there.
func prepare(opts Options) error {
	if opts.Cluster != ClusterOwn && opts.Cluster != ClusterExisting {
		return fmt.Errorf("unknown cluster %q: want %s or %s", opts.Cluster, ClusterOwn, ClusterExisting)
	}
	for _, path := range []string{managerBin, sandboxBin, crdDir, rbacDir, samplesDir} {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("%s is not here: run `make demo` in the root of the repository", path)
		}
	}
	if err := os.MkdirAll(workDir, 0o700); err != nil {
		return fmt.Errorf("making a directory for logs: %w", err)
	}
	return nil
}
