// Command demo shows the operator at work: it starts a control plane, a sandbox issuer
// and the manager, applies config/samples, watches everything come true and pays with a
// card. See package internal/demo.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/demo"
)

func main() {
	options := demo.Options{Clock: clock.Real{}, Out: os.Stdout}
	flag.StringVar(&options.Cluster, "cluster", demo.ClusterOwn, "own starts a control plane; existing uses the cluster of KUBECONFIG")
	flag.StringVar(&options.Issuer, "issuer", demo.DefaultIssuer, "the issuer that the sandbox plays: qbit, interlace or qitech")
	flag.DurationVar(&options.Deadline, "deadline", demo.DefaultDeadline, "how long the samples may take to come true")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := demo.Run(ctx, options)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}
