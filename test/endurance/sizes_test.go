package endurance

import (
	"os"
	"strconv"
	"time"

	. "github.com/onsi/gomega"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

// sizing is how much a run does. The defaults suit `go test ./...`; `make endure` asks for more.
type sizing struct {
	// cards and withdrawals of each spec (ENDURE_CARDS, ENDURE_WITHDRAWALS).
	cards, withdrawals int
	// storm is how long each spec is unkind (ENDURE_TIME).
	storm time.Duration
	// settle is how long all may take to come true afterwards (ENDURE_SETTLE).
	settle time.Duration
	// dedup is whether the issuer pays a withdrawal's id once (ENDURE_DEDUP=on or off).
	dedup bool
	// replay is spec.assumptions.replay; empty is the API's default (ENDURE_REPLAY).
	replay v1alpha1.Replay
}

var sizes sizing

func readSizes() sizing {
	s := sizing{
		cards: number("ENDURE_CARDS", 60), withdrawals: number("ENDURE_WITHDRAWALS", 30),
		storm: span("ENDURE_TIME", 45*time.Second), settle: span("ENDURE_SETTLE", 4*time.Minute),
		dedup: os.Getenv("ENDURE_DEDUP") != "off", replay: v1alpha1.Replay(os.Getenv("ENDURE_REPLAY")),
	}
	Expect(s.withdrawals).To(BeNumerically("<=", s.cards), "each withdrawal has a card of its own")
	return s
}

func number(name string, otherwise int) int {
	text, given := os.LookupEnv(name)
	if !given {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	Expect(err).NotTo(HaveOccurred(), name)
	return n
}

func span(name string, otherwise time.Duration) time.Duration {
	text, given := os.LookupEnv(name)
	if !given {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	Expect(err).NotTo(HaveOccurred(), name)
	return d
}
