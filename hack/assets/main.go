// Command assets prints the directory of the control plane that the demo and the tests
// use, or with the argument "kubectl" the path of a kubectl of the same version. It
// fetches or builds them first where needed; what that takes is told on standard error.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/card-operator/card-operator/internal/controlplane/assets"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	path, err := find(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}

func find(ctx context.Context, args []string) (string, error) {
	finder, err := assets.New(func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
	})
	if err != nil {
		return "", err
	}
	if len(args) > 0 && args[0] == "kubectl" {
		return finder.Kubectl(ctx)
	}
	dir, _, err := finder.ControlPlane(ctx)
	return dir, err
}
