package virtualcard

import (
	"fmt"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func TestAnOrderLikeOneThatWasCheckedIsNotCheckedAgain(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	order := issuer.CardOrder{Type: issuer.Prepaid, BIN: "493193", Label: "a", ClientID: "1", Opening: money.Must("0")}
	kind := func(account string, change func(*issuer.CardOrder)) [32]byte {
		o := order
		if change != nil {
			change(&o)
		}
		k, ok := kindOf(account, o)
		if !ok {
			t.Fatal("no digest")
		}
		return k
	}
	var c checked
	if c.lately(kind("ads/bank", nil), now) {
		t.Error("nothing was checked yet")
	}
	c.note(kind("ads/bank", nil), now)
	for why, x := range map[string]struct {
		kind [32]byte
		at   time.Time
		want bool
	}{
		"another name":     {kind("ads/bank", func(o *issuer.CardOrder) { o.Label, o.ClientID, o.Reference = "b", "2", "r" }), now, true},
		"another BIN":      {kind("ads/bank", func(o *issuer.CardOrder) { o.BIN = "441112" }), now, false},
		"another person":   {kind("ads/bank", func(o *issuer.CardOrder) { o.Cardholder.LastName = "x" }), now, false},
		"another account":  {kind("ads/other", nil), now, false},
		"later":            {kind("ads/bank", nil), now.Add(checkedFor), false},
		"a clock set back": {kind("ads/bank", nil), now.Add(-time.Second), false},
	} {
		if got := c.lately(x.kind, x.at); got != x.want {
			t.Errorf("%s: %v", why, got)
		}
	}
	for i := range maxChecked + 1 {
		c.note(kind(fmt.Sprint(i), nil), now)
	}
	if len(c.at) > maxChecked {
		t.Errorf("%d are remembered", len(c.at))
	}
}
