package campaign_test

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
	"github.com/card-operator/card-operator/test/simulation/campaign"
	"github.com/card-operator/card-operator/test/simulation/history"
	"github.com/card-operator/card-operator/test/simulation/world"
)

// played plays the actions of a history for some minutes.
func played(t *testing.T, h history.History) (*world.World, *history.People) {
	t.Helper()
	w, people, err := history.Play(h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.KeepCalls = true
	w.RunFor(30 * time.Minute)
	return w, people
}

func card(more ...history.Action) history.History {
	h := campaign.Scenarios()[0]
	h.Actions = append([]history.Action{{At: time.Second, Do: history.ApplyCard, Name: "a", Value: "50"}}, more...)
	return h
}

// A connection that nobody takes is known to have carried nothing.
func TestARefusedConnectionIsNoUnknownOutcome(t *testing.T) {
	w, _ := played(t, card())
	at := slices.IndexFunc(w.Calls, func(c world.Call) bool { return c.Mutating && c.Object == "/cards" })
	h := card()
	h.World.Faults = []world.Fault{{At: at, Do: world.Refuse}}
	w, _ = played(t, h)
	seen := map[engine.Transition]bool{}
	for _, r := range w.Audit {
		seen[r.Transition] = true
	}
	if !seen[engine.NotSent] || seen[engine.Unanswered] || !seen[engine.Confirmed] {
		t.Errorf("transitions: %v", seen)
	}
}

// While issuer and cluster have different credentials nobody gets in, and afterwards
// everybody does.
func TestRotatedCredentialsAreRefusedForAWhile(t *testing.T) {
	for _, dialect := range []world.Speech{world.Qbit, world.Interlace} {
		for _, lead := range []string{"40", "-40"} {
			h := card(history.Action{At: time.Minute, Do: history.Rotate, Value: lead}, history.Action{At: 70 * time.Second, Do: history.Fund, Name: "VirtualCard/a", Value: "60"}).In(dialect)
			w, _ := played(t, h)
			refused := false
			for _, kind := range []apiserver.Kind{"CardIssuer", "VirtualCard"} {
				for _, change := range w.API.Log(kind) {
					o, ok := change.After.(v1alpha1.Object)
					refused = refused || ok && slices.ContainsFunc(o.Common().Conditions, credentialsRefused)
				}
			}
			a, found := w.API.Find(apiserver.Key{Kind: "VirtualCard", Namespace: history.Namespace, Name: "a"}).(*v1alpha1.VirtualCard)
			if !refused || !found || a.Status.Funded != "60.00" {
				t.Errorf("%s, %s s: refused %t, found %t", dialect, lead, refused, found)
			}
		}
	}
}

func credentialsRefused(c metav1.Condition) bool {
	return c.Reason == v1alpha1.ReasonCredentialsRefused
}

// A backup is older than what has happened since.
func TestABackupBringsBackAnOldStatus(t *testing.T) {
	w, people := played(t, card(
		history.Action{At: 5 * time.Minute, Do: history.Fund, Name: "VirtualCard/a", Value: "60"},
		history.Action{At: 10 * time.Minute, Do: history.RestoreStatus, Name: "VirtualCard/a", Value: "4m"}))
	for _, change := range w.API.Log("VirtualCard") {
		o, ok := change.After.(*v1alpha1.VirtualCard)
		if ok && people.Restored[o.ResourceVersion] && o.Status.Funded == "50.00" {
			return
		}
	}
	t.Errorf("restored %v", people.Restored)
}

// What is promised of the histories is drawn.
func TestSeedsDrawEverything(t *testing.T) {
	missing := map[string]func(history.History) bool{
		"an issuer that lists no holds":             func(h history.History) bool { return !h.World.Dialect.ListHolds && h.Holds() && !h.Authoritative },
		"an issuer that closes no card with a hold": func(h history.History) bool { return h.World.Issuer.KeepsHolds && h.Holds() },
		"a trusted id that is forgotten":            func(h history.History) bool { return h.Trust && h.World.Dialect.KeyLifetime > 0 },
		"a payment to the other payee":              does(history.ApplyWithdrawal, "pay", "a/10/other"),
		"a payment that comes back in a row": func(h history.History) bool {
			return h.World.Issuer.Reversals && does(history.ApplyPayee, history.Bouncer, "")(h)
		},
		"a Budget deleted":                        does(history.Delete, "Budget/pot", ""),
		"a Budget made again":                     does(history.Recreate, "Budget/pot", ""),
		"a status from a backup":                  does(history.RestoreStatus, "VirtualCard/a", "2m"),
		"a Secret that follows":                   does(history.Rotate, "", "8"),
		"a card that the issuer's hand freezes":   does(history.RemoteState, "a", "Frozen"),
		"an amount that has no binary fraction":   does(history.Fund, "VirtualCard/a", "1000.07"),
		"a hold that has no binary fraction":      does(history.Hold, "a", "0.10"),
		"a payment that has no binary fraction":   does(history.ApplyWithdrawal, "pay", "a/33.33"),
		"a Secret that is changed before its use": does(history.Rotate, "", "-8"),
	}
	for seed := range uint64(3000) {
		h := campaign.Random(seed)
		for what, is := range missing {
			if is(h) {
				delete(missing, what)
			}
		}
	}
	for what := range missing {
		t.Error("no seed has", what)
	}
}

func does(do history.Deed, name, value string) func(history.History) bool {
	return func(h history.History) bool {
		return slices.ContainsFunc(h.Actions, func(a history.Action) bool { return a.Do == do && a.Name == name && a.Value == value })
	}
}
