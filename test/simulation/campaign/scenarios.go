package campaign

import (
	"fmt"
	"slices"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qbit"
	"github.com/card-operator/card-operator/test/simulation/history"
	"github.com/card-operator/card-operator/test/simulation/world"
)

func at(seconds int, do history.Deed, name, value string) history.Action {
	return history.Action{At: time.Duration(seconds) * time.Second, Do: do, Name: name, Value: value}
}

// hour is in seconds. After three of them even a process that was stopped is done with what
// it was told before.
const hour = 3600

// slowIssuer issues and lists with a delay, replays nothing and lists holds.
func slowIssuer() world.Options {
	return world.Options{
		Issuer:  ledger.Options{IssuingDelay: 2 * time.Second, ListingLag: 3 * time.Second, WithdrawDelay: 4 * time.Second, ReceiverReviewDelay: 5 * time.Second},
		Dialect: qbit.Options{Deduplicate: map[qbit.Call]bool{}, ListHolds: true},
	}
}

// laggard is the same with an issuer that takes half a minute to list anything.
func laggard(h history.History) history.History {
	h.World.Issuer.ListingLag = 30 * time.Second
	return h
}

// unhurried is the same with an issuer that takes half a minute to make a card.
func unhurried(h history.History) history.History {
	h.World.Issuer.IssuingDelay = 30 * time.Second
	return h
}

// shy is the same with an issuer that lists no holds, as the document has it.
func shy(h history.History) history.History {
	h.World.Dialect.ListHolds, h.Authoritative = false, false
	return h
}

// keeping is the same with an issuer that closes no card with money set aside.
func keeping(h history.History) history.History {
	h.World.Issuer.KeepsHolds = true
	return h
}

// reversing is the same with an issuer that lists what undoes a payment under its id.
func reversing(h history.History) history.History {
	h.World.Issuer.Reversals = true
	return h
}

func scarce(h history.History) history.History {
	h.Scarce = true
	return h
}

// trusting is the same with an issuer that replays every id for an hour, and a CardIssuer
// that relies on it.
func trusting(h history.History) history.History {
	h.World.Dialect.Deduplicate, h.World.Dialect.KeyLifetime, h.Trust = map[qbit.Call]bool{}, time.Hour, true
	for _, call := range qbit.Calls() {
		h.World.Dialect.Deduplicate[call] = true
	}
	return h
}

// asking: credentials that go with their namespace can leave a question to a person.
func asking(h history.History) history.History {
	h.Authoritative, h.GivesUp = false, true
	return h
}

// replicated is the same with a replica that takes over from a leader that is not heard of.
func replicated(h history.History) history.History {
	h.World.Replicas = 2
	return h
}

// paged is the same with an issuer whose pages have a single row, so that single cards are
// looked for.
func paged(h history.History) history.History {
	h.PageSize = 1
	return h
}

// quick is the same with an issuer that does and lists everything at once, so that what is
// claimed together is sent together.
func quick(h history.History) history.History {
	h.World.Issuer = ledger.Options{}
	return h
}

// dialects are those that every scenario is played in.
var dialects = []world.Speech{world.Qbit, world.Interlace, world.QITech}

// Scenarios cover every kind and every turn of its life, in every dialect. Their faults are
// enumerated. One that is the same as another without what an issuer cannot do is left out.
func Scenarios() []history.History {
	var all []history.History
	seen := map[string]bool{}
	for _, dialect := range dialects {
		for _, scenario := range append(scenarios(), restored()...) {
			h := scenario.In(dialect)
			same := fmt.Sprint(dialect, h.Actions, h.World.Replicas, h.World.Issuer.ListingLag, h.PageSize, h.Trust)
			if len(h.Actions) > 0 && !seen[same] {
				all = append(all, h)
			}
			seen[same] = true
		}
	}
	return all
}

// restored are those of a status from before the latest hold, on an issuer that lists none.
func restored() []history.History {
	held := func(name string, more ...history.Action) history.History {
		return shy(history.History{Name: name + ", over holds that the issuer does not list", World: slowIssuer(), Actions: append([]history.Action{
			at(1, history.ApplyCard, "a", "60/5"), at(50, history.BackupStatus, "VirtualCard/a", ""), at(60, history.Hold, "a", "20"),
			at(900, history.RestoreStatus, "VirtualCard/a", ""),
		}, more...)})
	}
	return []history.History{
		held("an old status restored", at(1200, history.Hold, "a", "0")),
		held("an old status restored and looked at", at(901, history.LookNow, "VirtualCard/a", ""), at(1200, history.Hold, "a", "0")),
	}
}

func scenarios() []history.History { return slices.Concat(lives(), losses(), surroundings()) }

// leaving is one in which people may go before what they asked for has come.
func leaving(h history.History) history.History {
	h.GivesUp = true
	return h
}

func scenario(name string, actions ...history.Action) history.History {
	return history.History{Name: name, World: slowIssuer(), Actions: actions, Authoritative: true}
}

// lives are what objects are there for.
func lives() []history.History {
	return []history.History{
		scenario("a card, its money and its end",
			at(1, history.ApplyCard, "a", "50/10"), at(60, history.Fund, "VirtualCard/a", "80"), at(90, history.State, "a", "Frozen"),
			at(120, history.Fund, "VirtualCard/a", "30"), at(125, history.State, "a", "Active"), at(150, history.Hold, "a", "0"),
			at(240, history.Delete, "VirtualCard/a", "")),
		scenario("a budget and a card that spends from it",
			at(1, history.ApplyBudget, "pot", "300"), at(1, history.ApplyBudgetCard, "b", "pot"), at(60, history.Fund, "Budget/pot", "120"),
			at(90, history.Rename, "pot", "spring"), at(120, history.Delete, "VirtualCard/b", ""), at(180, history.Delete, "Budget/pot", "")),
		scenario("a payment, approved",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyCard, "a", "100"), at(2, history.PlanWithdrawal, "pay", "a/40"),
			at(60, history.Approve, "pay", "")),
		scenario("a payment under a name that was paid before",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyCard, "a", "100"), at(2, history.ApplyWithdrawal, "pay", "a/40"),
			at(90, history.Recreate, "Withdrawal/pay", "")),
		scenario("another sum under a name that was paid before, and another payee",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyPayee, "other", ""), at(1, history.ApplyCard, "a", "100"),
			at(2, history.ApplyWithdrawal, "pay", "a/33.33/other"), at(3*hour, history.Delete, "Withdrawal/pay", ""), at(3*hour+1, history.ApplyWithdrawal, "pay", "a/33.34/other")),
		scenario("a payment that comes back",
			at(1, history.ApplyPayee, history.Bouncer, ""), at(1, history.ApplyCard, "a", "100"), at(2, history.ApplyWithdrawal, "pay", "a/40/"+history.Bouncer)),
		reversing(scenario("a payment that comes back in a row of its own",
			at(1, history.ApplyPayee, history.Bouncer, ""), at(1, history.ApplyCard, "a", "100"), at(2, history.ApplyWithdrawal, "pay", "a/40/"+history.Bouncer))),
		trusting(scenario("a payment under an id that is relied upon",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyCard, "a", "100"), at(2, history.ApplyWithdrawal, "pay", "a/40"))),
		unhurried(trusting(scenario("a card that is deleted while its order, under an id that is relied upon, is under way",
			at(1, history.ApplyCard, "a", "50"), at(12, history.Delete, "VirtualCard/a", "")))),
		laggard(scenario("a payment deleted and applied again at once",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyCard, "a", "100"), at(200, history.ApplyWithdrawal, "pay", "a/40"),
			at(204, history.Recreate, "Withdrawal/pay", ""))),
		scenario("a card made again under its name",
			at(1, history.ApplyCard, "a", "50"), at(60, history.Recreate, "VirtualCard/a", "")),
		keeping(scenario("a card that is not closed before its hold is released",
			at(1, history.ApplyCard, "a", "50/10"), at(60, history.Delete, "VirtualCard/a", ""))),
		keeping(shy(scenario("the same, where no hold is listed",
			at(1, history.ApplyCard, "a", "50/10"), at(60, history.Delete, "VirtualCard/a", "")))),
	}
}

// losses are of statuses and of wishes.
func losses() []history.History {
	return []history.History{
		scenario("statuses lost",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyBudget, "pot", "70"), at(1, history.ApplyCard, "a", "60/5"),
			at(60, history.ApplyWithdrawal, "pay", "a/20"), at(120, history.WipeStatus, "VirtualCard/a", ""), at(121, history.WipeStatus, "Budget/pot", ""),
			at(122, history.WipeStatus, "Withdrawal/pay", ""), at(123, history.WipeStatus, "Beneficiary/payee", "")),
		scenario("a budget card's status lost",
			at(1, history.ApplyBudget, "pot", "70"), at(1, history.ApplyBudgetCard, "b", "pot"), at(60, history.WipeStatus, "VirtualCard/b", "")),
		laggard(scenario("everything made again at once",
			at(1, history.ApplyBudget, "pot", "70"), at(1, history.ApplyCard, "a", "60"), at(3, history.Recreate, "VirtualCard/a", ""), at(3, history.Recreate, "Budget/pot", ""))),
		scenario("statuses from a backup",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyBudget, "pot", "70"), at(1, history.ApplyCard, "a", "60/5"),
			at(60, history.ApplyWithdrawal, "pay", "a/20"), at(100, history.Fund, "VirtualCard/a", "133.33"), at(100, history.Fund, "Budget/pot", "119.99"),
			at(600, history.RestoreStatus, "VirtualCard/a", "400s"), at(600, history.RestoreStatus, "Budget/pot", "400s"),
			at(600, history.RestoreStatus, "Withdrawal/pay", "418s"), at(600, history.RestoreStatus, "Beneficiary/payee", "418s")),
		scenario("a status lost in the middle",
			at(1, history.ApplyCard, "a", "60"), at(4, history.WipeStatus, "VirtualCard/a", ""), at(30, history.Fund, "VirtualCard/a", "90")),
		scenario("a wish that changes while it is carried out",
			at(1, history.ApplyCard, "a", "50/5"), at(5, history.Fund, "VirtualCard/a", "70"), at(8, history.Fund, "VirtualCard/a", "20"), at(9, history.Hold, "a", "15")),
		scenario("a password changed, a Secret deleted",
			at(1, history.ApplyCard, "a", "50"), at(40, history.Rotate, "", "8"), at(41, history.Fund, "VirtualCard/a", "60"), at(90, history.LoseSecret, "a", "")),
		scenario("a password that is changed in the cluster first",
			at(1, history.ApplyCard, "a", "50"), at(40, history.Rotate, "", "-8"), at(42, history.Fund, "VirtualCard/a", "60")),
	}
}

// surroundings are what others do, and issuers and clusters of other kinds.
func surroundings() []history.History {
	return []history.History{
		scenario("webhooks that ask for a look at any time",
			at(1, history.ApplyCard, "a", "50"), at(2, history.Hint, "", ""), at(3, history.Hint, "", ""), at(20, history.Fund, "VirtualCard/a", "70"),
			at(21, history.Hint, "", ""), at(60, history.RemoteState, "a", "Frozen"), at(61, history.Hint, "", "")),
		scenario("somebody else at the issuer's console",
			at(1, history.ApplyCard, "a", "50"), at(1, history.ApplyBudget, "pot", "50"), at(60, history.Outside, "VirtualCard/a", "CardIn/7"),
			at(61, history.Outside, "Budget/pot", "BudgetIn/9"), at(62, history.RemoteState, "a", "Frozen"), at(70, history.LookNow, "VirtualCard/a", ""),
			at(120, history.WipeStatus, "VirtualCard/a", ""), at(120, history.WipeStatus, "Budget/pot", "")),
		scenario("a freeze that is undone at the console",
			at(1, history.ApplyCard, "a", "50"), at(600, history.State, "a", "Frozen"), at(660, history.RemoteState, "a", "Active")),
		scenario("cards that the issuer blocks and closes",
			at(1, history.ApplyCard, "a", "50"), at(1, history.ApplyCard, "c", "50"), at(3*hour, history.RemoteState, "a", "Control"),
			at(3*hour, history.RemoteState, "c", "Inactive"), at(3*hour+10, history.Hint, "", "")),
		leaving(scenario("cards that stay behind",
			at(1, history.ApplyCard, "a", "50"), at(1, history.ApplyCard, "c", "50"), at(600, history.Policy, "a", "Retain"), at(600, history.Policy, "c", "Freeze"),
			at(700, history.Delete, "VirtualCard/a", ""), at(700, history.Delete, "VirtualCard/c", ""))),
		scenario("a Secret of somebody else under the card's name",
			at(1, history.ForeignSecret, "a", "not yours"), at(2, history.ApplyCard, "a", "50")),
		scenario("a cluster made again from its manifests",
			at(1, history.ApplyBudget, "pot", "70"), at(1, history.ApplyCard, "a", "60/5"), at(1, history.ApplyPayee, "payee", ""),
			at(60, history.ApplyWithdrawal, "pay", "a/20"), at(120, history.Rebuild, "", "")),
		shy(scenario("holds that the issuer does not list",
			at(1, history.ApplyCard, "a", "60/5"), at(60, history.Hold, "a", "20"), at(120, history.Hold, "a", "0"))),
		scenario("a payment that the card cannot cover",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyCard, "a", "100"), at(2, history.ApplyWithdrawal, "too-much", "a/140")),
		scarce(scenario("a payment of most of what the card has",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyCard, "a", "100"), at(2, history.ApplyWithdrawal, "pay", "a/80"))),
		replicated(scenario("a card and a payment with a second replica",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyCard, "a", "100"), at(2, history.ApplyWithdrawal, "pay", "a/20"))),
		paged(scenario("a new card on an account with many",
			at(1, history.ApplyCard, "c", "20"), at(1, history.ApplyCard, "d", "20"), at(60, history.ApplyCard, "a", "50"), at(90, history.Fund, "VirtualCard/a", "70"),
			at(120, history.State, "a", "Frozen"), at(150, history.Recreate, "VirtualCard/a", ""))),
		quick(scenario("a new card and its money, at a quick issuer",
			at(1, history.ApplyCard, "a", "50"), at(60, history.Fund, "VirtualCard/a", "80"))),
		asking(scenario("a namespace deleted",
			at(1, history.ApplyPayee, "payee", ""), at(1, history.ApplyBudget, "pot", "50"), at(1, history.ApplyCard, "a", "50"),
			at(90, history.DeleteNamespace, "", ""))),
	}
}
