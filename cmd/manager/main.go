// Command manager is the operator.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	_ "k8s.io/client-go/plugin/pkg/client/auth"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/card-operator/card-operator/internal/app"
)

func main() {
	saveMemory()
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

// saveMemory collects garbage three times as often as Go does by itself: standing still the operator
// has hardly any, and a small pod has more time to spare than memory. GOGC and GOMEMLIMIT are
// obeyed as ever.
func saveMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(30)
	}
}
