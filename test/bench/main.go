package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// settings are the command line.
type settings struct {
	sizes     []int
	latency   time.Duration
	rate      float64
	standing  time.Duration
	newcomers int
	naiveMax  int
	fair      int
	pageSize  int
	strangers int
	command   string
	template  string
	crds      string
	out       string
	keep      string
	pprof     string
	more      bool
}

func main() {
	log.SetLogger(logr.Discard())
	s, err := parse()
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = run(ctx, s)
		stop()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse() (settings, error) {
	s := settings{}
	sizes := flag.String("n", "200,1000,10000", "numbers of cards, one run for each")
	flag.DurationVar(&s.latency, "latency", 50*time.Millisecond, "what each call to the issuer takes")
	flag.Float64Var(&s.rate, "rate", 100, "calls a second that the issuer takes; more are refused with 429")
	flag.IntVar(&s.pageSize, "page-size", 100, "rows that are asked for at once, spec.qbit.pageSize; the sandbox gives at most 100")
	flag.DurationVar(&s.standing, "standing", 3*time.Minute, "how long to watch while nothing changes")
	flag.IntVar(&s.newcomers, "newcomers", 20, "cards that are applied one by one beside the N")
	flag.IntVar(&s.naiveMax, "naive-max", 200, "largest number for the plain controller; 0 leaves it out")
	flag.IntVar(&s.fair, "fair", 5000, "cards of one namespace that another one's single card is applied beside; 0 leaves this out")
	flag.IntVar(&s.strangers, "strangers", 20000, "Secrets of others that are made at the end; 0 leaves this out")
	flag.StringVar(&s.command, "command", "", "another controller to measure: a command; KUBECONFIG and ISSUER_URL are set")
	flag.StringVar(&s.template, "template", "", "the manifest of one of its objects, with {{.Name}}, {{.Namespace}} and {{.Number}}; Ready=True ends the wait")
	flag.StringVar(&s.crds, "crds", "", "directory with the CRDs of -command")
	flag.StringVar(&s.out, "out", "", "directory for benchmarks.md, benchmarks.json and benchmarks.svg; empty prints only")
	flag.BoolVar(&s.more, "more", false, "add to what -out holds already, of a run with the same settings")
	flag.StringVar(&s.keep, "logs", ".bench", "directory for the logs of the programs")
	flag.StringVar(&s.pprof, "pprof", "", "address at which the operator serves its profiles while it is measured, for example 127.0.0.1:6060")
	flag.Parse()
	for _, text := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n <= 0 {
			return s, fmt.Errorf("-n: %q is no number of cards", text)
		}
		s.sizes = append(s.sizes, n)
	}
	if (s.command == "") != (s.template == "") {
		return s, fmt.Errorf("-command and -template go together")
	}
	return s, nil
}

// run measures every contestant at every size, and what only the operator is asked.
func run(ctx context.Context, s settings) error {
	programs, err := build(ctx)
	if err != nil {
		return err
	}
	report, err := begin(s)
	if err != nil {
		return err
	}
	if s.fair > 0 {
		if report.Fair, err = measureFairness(ctx, s, programs); err != nil {
			return fmt.Errorf("fairness: %w", err)
		}
	}
	for _, n := range s.sizes {
		for _, c := range contestants(s, programs) {
			if n > c.most {
				continue
			}
			figures, err := measure(ctx, s, programs, c, n)
			if err != nil {
				return fmt.Errorf("%s, %d cards: %w", c.name, n, err)
			}
			report.Rounds = append(report.Rounds, figures)
			// What was measured is not lost when a later round is broken off.
			if err := report.write(s.out); err != nil {
				return err
			}
		}
	}
	report.print(os.Stdout)
	return nil
}
