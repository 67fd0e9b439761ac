package main

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
)

// interlaceFlags are the v3 dialect's. Its client's id, account and static token are those
// of v1.
type interlaceFlags struct {
	secret, quirks string
}

// quirks are the ways in which the dialect can be other than by default.
var quirks = map[string]func(*interlace.Options){
	"no-deduplication":     func(o *interlace.Options) { o.NoDeduplication = true },
	"duplicate-references": func(o *interlace.Options) { o.DuplicateReferences = true },
	"duplicate-names":      func(o *interlace.Options) { o.DuplicateNames = true },
	"optional-cardholder":  func(o *interlace.Options) { o.OptionalCardholder = true },
	"cardholder-per-bin":   func(o *interlace.Options) { o.CardholderPerBIN = true },
	"asynchronous":         func(o *interlace.Options) { o.Asynchronous = true },
	"single-limit":         func(o *interlace.Options) { o.SingleLimit = true },
	"title-case":           func(o *interlace.Options) { o.TitleCase = true },
	"numeric-names":        func(o *interlace.Options) { o.NumericNames = true },
	"text-totals":          func(o *interlace.Options) { o.TextTotals = true },
	"terse-budgets":        func(o *interlace.Options) { o.TerseBudgets = true },
	"numeric-errors":       func(o *interlace.Options) { o.NumericErrors = true },
	"errors-ok":            func(o *interlace.Options) { o.ErrorsOK = true },
}

func (i *interlaceFlags) add(f *flag.FlagSet, into *interlace.Options) {
	f.StringVar(&i.secret, "interlace-secret", sandbox.DefaultInterlaceSecret,
		"secret of the Interlace client: the AES key of card numbers, of 16, 24 or 32 bytes")
	f.StringVar(&i.quirks, "interlace-quirks", "", "how the Interlace dialect differs from its default, comma separated: "+quirkNames())
	f.DurationVar(&into.KeyBusy, "interlace-key-busy", 0, "how long an Idempotency-Key answers that its transaction is in progress")
}

func quirkNames() string { return strings.Join(slices.Sorted(maps.Keys(quirks)), ", ") }

// complete adds the client, and the quirks by their names.
func (i *interlaceFlags) complete(c *config) error {
	o := &c.options.Interlace
	o.TokenLifetime, o.StaticTokens = c.options.Qbit.TokenLifetime, c.options.Qbit.StaticTokens
	o.Clients = []interlace.Client{{ID: c.clientID, Secret: i.secret, AccountID: c.accountID}}
	for name := range strings.SplitSeq(i.quirks, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		turn, known := quirks[name]
		if !known {
			return fmt.Errorf("--interlace-quirks: unknown quirk %q: want some of %s", name, quirkNames())
		}
		turn(o)
	}
	return nil
}
