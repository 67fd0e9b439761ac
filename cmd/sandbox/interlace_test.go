package main

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox"
)

func TestInterlaceFlags(t *testing.T) {
	c, err := parse([]string{
		"--client-id=me", "--account-id=acc", "--token=t", "--token-lifetime=1h", "--cardholder-review-delay=3s", "--interlace-key-busy=2s",
		"--interlace-quirks=asynchronous, text-totals", "--interlace-secret=0123456789abcdef",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	o := c.options.Interlace
	client := o.Clients[0]
	if client.ID != "me" || client.AccountID != "acc" || client.Secret != "0123456789abcdef" || o.StaticTokens["t"] != "acc" ||
		o.TokenLifetime != time.Hour || o.KeyBusy != 2*time.Second || !o.Asynchronous || !o.TextTotals || o.TitleCase ||
		c.options.Ledger.CardholderReviewDelay != 3*time.Second {
		t.Errorf("%+v", o)
	}
	if c, err = parse(nil, io.Discard); err != nil || c.options.Interlace.Clients[0].Secret != sandbox.DefaultInterlaceSecret {
		t.Errorf("the defaults: %v", err)
	}
	if _, err := parse([]string{"--interlace-quirks=everything"}, io.Discard); err == nil {
		t.Error("an unknown quirk was accepted")
	}
}

// Every quirk turns something, and something else than the others.
func TestEveryQuirkIsAnother(t *testing.T) {
	seen := map[string]string{}
	for name := range quirks {
		c, err := parse([]string{"--seed=1", "--interlace-quirks=" + name}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		o := c.options.Interlace
		o.Clients = nil
		text := fmt.Sprintf("%+v", o)
		if other := seen[text]; other != "" {
			t.Errorf("%s does what %s does", name, other)
		}
		seen[text] = name
	}
	none, err := parse([]string{"--seed=1"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	none.options.Interlace.Clients = nil
	if name := seen[fmt.Sprintf("%+v", none.options.Interlace)]; name != "" {
		t.Errorf("%s does nothing", name)
	}
}
