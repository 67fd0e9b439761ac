package ledger

import (
	"errors"
	"slices"

	"github.com/google/uuid"
)

// ErrUnknownScenario refuses advice about a purpose that the issuer does not know.
var ErrUnknownScenario = errors.New("consumption scenario does not exist")

// Scenario is something that cards are for, and the numbers of the BINs that suit it, best
// first.
type Scenario struct {
	ID   int
	Name string
	BINs []string
}

// DefaultScenarios are the purposes that the Interlace document names, with a BIN order of
// the sandbox's own.
func DefaultScenarios() []Scenario {
	return []Scenario{
		{ID: 42, Name: "Amazon", BINs: []string{"414631", "493193"}},
		{ID: 43, Name: "TikTok", BINs: []string{"493728", "414631"}},
		{ID: 44, Name: "线下支付", BINs: []string{"493193"}},
	}
}

// Scenarios lists what the issuer gives advice about.
func (l *Ledger) Scenarios() []Scenario { return l.opts.Scenarios }

// Recommend lists the BINs for a scenario, best first.
func (l *Ledger) Recommend(scenario int) ([]BIN, error) {
	at := slices.IndexFunc(l.opts.Scenarios, func(s Scenario) bool { return s.ID == scenario })
	if at < 0 {
		return nil, ErrUnknownScenario
	}
	var found []BIN
	for _, number := range l.opts.Scenarios[at].BINs {
		for _, bin := range l.opts.BINs {
			if bin.Number == number {
				found = append(found, bin)
			}
		}
	}
	return found, nil
}

// BINByID is the offer of an id.
func (l *Ledger) BINByID(id string) (BIN, error) {
	at := slices.IndexFunc(l.opts.BINs, func(b BIN) bool { return b.ID == id })
	if at < 0 {
		return BIN{}, ErrUnknownBIN
	}
	return l.opts.BINs[at], nil
}

// identified gives an id to each BIN that has none: the same in every run.
func identified(bins []BIN) []BIN {
	bins = slices.Clone(bins)
	for i, b := range bins {
		if b.ID == "" {
			bins[i].ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte("bin/"+b.Number+"/"+string(b.Type))).String()
		}
	}
	return bins
}
