// Command manager is the operator.
package main

import (
	"flag"
	"fmt"
	"os"

	_ "k8s.io/client-go/plugin/pkg/client/auth"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/card-operator/card-operator/internal/app"
)

func main() {
	var options app.Options
	options.AddFlags(flag.CommandLine)
	flag.Parse()
	app.SetLogger(options)
	cfg, err := ctrl.GetConfig()
	if err == nil {
		err = app.Run(ctrl.SetupSignalHandler(), cfg, options)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "card-operator:", err)
		os.Exit(1)
	}
}
