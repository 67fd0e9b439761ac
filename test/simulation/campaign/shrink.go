package campaign

import (
	"slices"
	"strings"
	"unicode"

	"github.com/card-operator/card-operator/test/simulation/history"
	"github.com/card-operator/card-operator/test/simulation/oracle"
)

// Shrink leaves out whatever can be left out of a history that goes wrong, and still goes
// wrong for the same oracle.
func Shrink(h history.History) (history.History, Result) {
	worst, err := Play(h, false)
	if err != nil || len(worst.Violations) == 0 {
		return h, worst
	}
	for again := true; again; {
		again = false
		for _, smaller := range smallerThan(h) {
			r, err := Play(smaller, false)
			if err == nil && len(r.Violations) > 0 && alike(r.Violations[0], worst.Violations[0]) {
				h, worst, again = smaller, r, true
				break
			}
		}
	}
	return h, worst
}

// smallerThan are the histories with one thing less.
func smallerThan(h history.History) []history.History {
	var list []history.History
	for i := range h.World.Faults {
		smaller := h
		smaller.World.Faults = slices.Delete(slices.Clone(h.World.Faults), i, i+1)
		list = append(list, smaller)
	}
	for i := range h.Actions {
		smaller := h
		smaller.Actions = slices.Delete(slices.Clone(h.Actions), i, i+1)
		list = append(list, smaller)
	}
	return append(list, plainer(h)...)
}

// plainer are the histories in a simpler world.
func plainer(h history.History) []history.History {
	var list []history.History
	try := func(change func(*history.History) bool) {
		plain := h
		if change(&plain) {
			list = append(list, plain)
		}
	}
	try(func(p *history.History) bool { was := p.World.Replicas > 1; p.World.Replicas = 1; return was })
	try(func(p *history.History) bool { was := p.World.OldCaches > 0; p.World.OldCaches = 0; return was })
	try(func(p *history.History) bool {
		was := p.World.Issuer.LagBalances
		p.World.Issuer.LagBalances = false
		return was
	})
	try(func(p *history.History) bool {
		was := p.World.Issuer.IssuingDelay > 0
		p.World.Issuer.IssuingDelay = 0
		return was
	})
	try(func(p *history.History) bool {
		was := p.World.Issuer.WithdrawDelay > 0
		p.World.Issuer.WithdrawDelay = 0
		return was
	})
	try(func(p *history.History) bool {
		was := p.World.Issuer.ListingLag > 0
		p.World.Issuer.ListingLag = 0
		return was
	})
	return list
}

// alike: the same oracle objects to the same thing, numbers and ids aside.
func alike(a, b oracle.Violation) bool {
	return a.Oracle == b.Oracle && gist(a.What) == gist(b.What)
}

func gist(text string) string {
	parts := strings.SplitN(text, ":", 3)
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, strings.Join(parts[:min(len(parts), 2)], ":"))
}
