package campaign

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
	"github.com/card-operator/card-operator/test/simulation/history"
	"github.com/card-operator/card-operator/test/simulation/world"
)

// Random is the history of a seed.
func Random(seed uint64) history.History {
	g := generator{rand.New(rand.NewPCG(seed, 0xca4d))}
	h := history.History{Name: "seed " + strconv.FormatUint(seed, 10), World: g.world(seed)}
	h.Trust = h.World.Dialect.Deduplicate[qbit.CallWithdraw] && h.KeysOutlastLists() && g.one(3)
	h.Actions = g.actions()
	h = h.In(g.speech())
	h.Authoritative = h.World.Dialect.ListHolds || !h.Holds() // what is not listed may have to be asked for
	if g.one(8) {                                             // a call for each row takes a history several times as long
		h.PageSize = 1
	}
	h.World.Faults = g.faults(h)
	return h
}

type generator struct{ *rand.Rand }

func (g generator) one(in int) bool { return g.IntN(in) == 0 }

func (g generator) seconds(most int) time.Duration {
	return time.Duration(g.IntN(most+1)) * time.Second
}

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

// speech draws a dialect; most histories are of the one that can do most.
func (g generator) speech() world.Speech {
	switch n := g.IntN(40); {
	case n == 0: // its requests are signed, which takes as long as the rest of a history
		return world.QITech
	case n < 9:
		return world.Interlace
	default:
		return world.Qbit
	}
}

// world draws an issuer, within what the CardIssuer's assumptions say of it.
func (g generator) world(seed uint64) world.Options {
	o := world.Options{
		Seed: seed,
		Issuer: ledger.Options{
			ListingLag: pick(g, 0, 0, g.seconds(5), g.seconds(40)), IssuingDelay: pick(g, 0, g.seconds(10), g.seconds(60)),
			WithdrawDelay: pick(g, 0, g.seconds(20), g.seconds(90)), ReceiverReviewDelay: pick(g, 0, g.seconds(60)),
			LagBalances: g.one(3),
		},
		Dialect:  qbit.Options{Deduplicate: g.replays(), ListHolds: !g.one(3)},
		Replicas: pick(g, 1, 2, 2, 3), WatchLag: pick(g, 20*time.Millisecond, 500*time.Millisecond, 5*time.Second),
		OldCaches: pick(g, 0, 0, g.IntN(4)),
	}
	o.Issuer.KeepsHolds, o.Issuer.Reversals = g.one(4), g.one(2)
	if g.one(4) {
		o.Issuer.WithdrawFee = money.Must("1.5")
	}
	if g.one(4) {
		o.Dialect.KeyLifetime = pick(g, 10*time.Second, time.Hour)
	}
	return o
}

func (g generator) replays() map[qbit.Call]bool {
	replays := map[qbit.Call]bool{}
	switch g.IntN(3) {
	case 0: // none
	case 1:
		replays[qbit.CallWithdraw] = true
	default:
		for _, call := range qbit.Calls() {
			replays[call] = true
		}
	}
	return replays
}

// actions draws what people do within some minutes.
func (g generator) actions() []history.Action {
	var list []history.Action
	at := time.Second
	add := func(do history.Deed, name, value string) {
		list = append(list, history.Action{At: at, Do: do, Name: name, Value: value})
	}
	add(history.ApplyCard, "a", g.funding()+"/"+pick(g, "", "", "10"))
	if g.one(2) {
		add(history.ApplyBudget, "pot", g.funding())
		if g.one(2) {
			add(history.ApplyBudgetCard, "b", "pot")
		}
	}
	if g.one(2) {
		add(history.ApplyPayee, "payee", "")
		payee := pick(g, "", "", "", "other", "other", history.Bouncer)
		if payee != "" {
			add(history.ApplyPayee, payee, "")
			payee = "/" + payee
		}
		add(pick(g, history.ApplyWithdrawal, history.ApplyWithdrawal, history.PlanWithdrawal), "pay", "a/"+pick(g, "10", "25.50", "33.33")+payee)
	}
	for range 1 + g.IntN(5) {
		at += pick(g, 0, time.Duration(g.IntN(3000))*time.Millisecond, g.seconds(40), g.seconds(200))
		g.more(add)
	}
	return list
}

// funding draws a sum. Several have no exact binary fraction.
func (g generator) funding() string {
	return pick(g, "100", "120.25", "150", "200", "133.33", "119.99", "1000.07")
}

// more draws one more thing that somebody does.
func (g generator) more(add func(history.Deed, string, string)) {
	anything := pick(g, "VirtualCard/a", "VirtualCard/a", "VirtualCard/b", "Budget/pot", "Withdrawal/pay", "Beneficiary/payee")
	fund := history.Action{Do: history.Fund, Name: pick(g, "VirtualCard/a", "VirtualCard/a", "Budget/pot"), Value: g.funding()}
	wipe := history.Action{Do: history.WipeStatus, Name: anything}
	restore := history.Action{Do: history.RestoreStatus, Name: anything, Value: pick(g, "0s", "20s", "2m")}
	one := pick(g, fund, fund, fund, wipe, wipe, restore,
		history.Action{Do: history.Hold, Name: "a", Value: pick(g, "0", "5", "20", "0.10")},
		history.Action{Do: history.State, Name: "a", Value: pick(g, "Frozen", "Active")},
		history.Action{Do: history.Recreate, Name: pick(g, "VirtualCard/a", "VirtualCard/b", "Withdrawal/pay", "Beneficiary/payee", "Budget/pot")},
		history.Action{Do: history.Delete, Name: pick(g, "VirtualCard/a", "VirtualCard/b", "Withdrawal/pay", "Budget/pot")},
		history.Action{Do: history.LookNow, Name: anything},
		history.Action{Do: history.Rotate, Value: pick(g, "0", "8", "-8")},
		history.Action{Do: history.LoseSecret, Name: "a"},
		history.Action{Do: history.Hint},
		history.Action{Do: history.Outside, Name: pick(g, "VirtualCard/a", "Budget/pot"), Value: pick(g, "CardIn/7", "BudgetIn/9")},
		history.Action{Do: history.Approve, Name: "pay"},
		history.Action{Do: history.Rename, Name: "pot", Value: "spring"},
		history.Action{Do: history.RemoteState, Name: "a", Value: pick(g, "Frozen", "Frozen", "Active", "Active", "Control", "Inactive")},
	)
	add(one.Do, one.Name, one.Value)
}

// allActs are all that can go wrong; one that makes no sense at a call is left out there.
var allActs = []world.Act{
	world.KillBefore, world.KillAfter, world.PauseBefore, world.PauseAfter, world.Lose, world.Reset, world.Drop,
	world.FailBefore, world.FailAfter, world.Mumble, world.Late, world.KillLate, world.Twice, world.Garble, world.Throttle, world.Busy, world.Refuse, world.Deny,
	world.Conflict, world.ConflictAfter, world.Freeze, world.Relist, world.Jump,
}

// faults draws what goes wrong at the first hundred or so calls.
func (g generator) faults(h history.History) []world.Fault {
	var list []world.Fault
	for range g.IntN(7) {
		act := pick(g, allActs...)
		if act == world.Twice && !safeTwice(h) {
			act = world.Lose
		}
		f := world.Fault{At: 3 + g.IntN(110), Do: act, For: pick(g, durations(act, h)...)}
		list = append(list, f)
	}
	return assumed(h, list)
}

// safeTwice: no client can keep a proxy from delivering twice. An issuer that replays ids
// has one effect then, and so has one that has no money left for a second.
func safeTwice(h history.History) bool {
	return h.World.Speaks != world.QITech && len(h.World.Dialect.Deduplicate) > 1 && h.World.Dialect.KeyLifetime == 0
}
