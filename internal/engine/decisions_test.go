package engine_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/money"
)

func TestJudgeRefusalsAndWords(t *testing.T) {
	replay, create := engine.Promise{Timing: timing, Replays: true}, engine.Promise{Timing: timing, Creation: true}
	refused := func(absent *time.Duration) v1alpha1.Intent {
		return claimed(func(in *v1alpha1.Intent) {
			in.Outcome, in.Refusal, in.Attempt, in.AnsweredAt = v1alpha1.OutcomeUnknown, "no funds", 2, at(time.Second)
			if absent != nil {
				in.AbsentSince = at(*absent)
			}
		})
	}
	flight := timing.InFlight()
	for name, c := range map[string]struct {
		why     string
		in      v1alpha1.Intent
		seen    engine.Presence
		decided engine.Decision
		after   time.Duration
		promise engine.Promise
		want    engine.Step
	}{
		"refused repeat, at once":           {"a refused repeat is no longer replayed", refused(nil), engine.Absent, "", time.Minute, replay, engine.StepNoteAbsence},
		"refused repeat, in flight":         {"the first attempt may be on its way", refused(nil), engine.Absent, "", time.Second, replay, engine.StepWait},
		"refused repeat, absent for a lag":  {"now the refusal stands", refused(&flight), engine.Absent, "", flight + timing.ListingLag, replay, engine.StepRefuse},
		"refused repeat, a moment earlier":  {"not yet", refused(&flight), engine.Absent, "", flight + timing.ListingLag - 1, replay, engine.StepWait},
		"refused repeat, found":             {"the ledger outranks a refusal", refused(&flight), engine.Happened, "", time.Hour, replay, engine.StepFinish},
		"refused repeat, found failed":      {"the ledger outranks a refusal", refused(&flight), engine.Failed, "", time.Hour, replay, engine.StepFail},
		"refused repeat, a person says":     {"a person may know", refused(nil), engine.Absent, engine.DidNotOccur, flight, replay, engine.StepSendAgain},
		"refused repeat, said in flight":    {"nobody can know that yet", refused(nil), engine.Absent, engine.DidNotOccur, flight - 1, replay, engine.StepWait},
		"an order that happened":            {"an order without a card is no card: wait until it shows", claimed(nil), engine.Absent, engine.DidHappen, time.Hour, create, engine.StepWait},
		"an order that never happened":      {"a person may know", claimed(nil), engine.Absent, engine.DidNotOccur, flight, create, engine.StepSendAgain},
		"an order under way, said never":    {"nobody can know that yet", claimed(nil), engine.Absent, engine.DidNotOccur, flight - 1, create, engine.StepWait},
		"an order that a person misjudged":  {"the ledger outranks a person", claimed(nil), engine.Pending, engine.DidNotOccur, time.Hour, create, engine.StepWait},
		"a person on what cannot be seen":   {"that is whom it was parked for", claimed(nil), engine.Unclear, engine.DidHappen, time.Hour, engine.Promise{Timing: timing}, engine.StepFinish},
		"a person on an accepted order":     {"a person outranks the answer", claimed(func(in *v1alpha1.Intent) { in.Outcome, in.AnsweredAt = v1alpha1.OutcomeAccepted, at(0) }), engine.Absent, engine.DidNotOccur, time.Hour, create, engine.StepSendAgain},
		"the tenth replay is spaced wide":   {"a broken issuer is not hammered", claimed(func(in *v1alpha1.Intent) { in.Attempt = 10 }), engine.Absent, "", 2*time.Minute - 1, replay, engine.StepWait},
		"but no wider than two minutes":     {"somebody waits for the money", claimed(func(in *v1alpha1.Intent) { in.Attempt = 1000 }), engine.Absent, "", 2 * time.Minute, replay, engine.StepSendAgain},
		"accepted without an answered time": {"the claim is then the time", claimed(func(in *v1alpha1.Intent) { in.Outcome = v1alpha1.OutcomeAccepted }), engine.Absent, "", timing.ListingLag, engine.Promise{Timing: timing}, engine.StepTrustAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			if got := engine.Judge(c.in, engine.Sighting{Presence: c.seen}, c.decided, epoch.Add(c.after), c.promise); got.Step != c.want {
				t.Errorf("%s: got %s, want %s", c.why, got.Step, c.want)
			}
		})
	}
}

// A refused repeat is never sent again by itself, and is never believed to be refused
// before an absence after the latest attempt can be believed.
func TestARefusedRepeatIsNeverReplayed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		passed := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "passed"))
		in := claimed(func(in *v1alpha1.Intent) {
			in.Refusal, in.Outcome = "no", v1alpha1.OutcomeUnknown
			if rapid.Bool().Draw(t, "noted") {
				in.AbsentSince = at(time.Duration(rapid.Int64Range(0, int64(passed)).Draw(t, "absent")))
			}
		})
		p := engine.Promise{Timing: timing, Replays: rapid.Bool().Draw(t, "replays")}
		got := engine.Judge(in, engine.Sighting{Presence: engine.Absent}, engine.Undecided, epoch.Add(passed), p)
		if got.Step == engine.StepSendAgain {
			t.Fatal("sent again after a no")
		}
		if got.Step == engine.StepRefuse && (in.AbsentSince == nil || in.AbsentSince.Sub(epoch) < timing.InFlight() || passed < in.AbsentSince.Sub(epoch)+timing.ListingLag) {
			t.Fatalf("refused after %v, absent since %v", passed, in.AbsentSince)
		}
	})
}

func TestSightTellsRowsApart(t *testing.T) {
	in := func(id string, status issuer.MovementStatus) issuer.Movement {
		return issuer.Movement{ID: id, ClientID: "mine", Kind: issuer.MovementIn, Status: status, Amount: money.Must("50")}
	}
	fee := issuer.Movement{ID: "fee", ClientID: "mine", Kind: issuer.MovementFee, Status: issuer.MovementClosed}
	other := issuer.Movement{ID: "other", ClientID: "other", Kind: issuer.MovementIn, Status: issuer.MovementClosed}
	for name, c := range map[string]struct {
		why  string
		rows []issuer.Movement
		want engine.Presence
		ref  string
		err  bool
	}{
		"none":                   {"nothing is nothing", nil, engine.Absent, "", false},
		"others alone":           {"another id is another movement", []issuer.Movement{other}, engine.Absent, "", false},
		"a fee alone":            {"a fee is not the movement", []issuer.Movement{fee}, engine.Absent, "", false},
		"a fee beside it":        {"a fee is no second movement", []issuer.Movement{fee, in("a", issuer.MovementClosed)}, engine.Happened, "a", false},
		"pending":                {"the issuer has it", []issuer.Movement{in("a", issuer.MovementPending)}, engine.Pending, "a", false},
		"failed":                 {"the id is used up", []issuer.Movement{in("a", issuer.MovementFailed)}, engine.Failed, "a", false},
		"failed, then closed":    {"the closed one counts, whatever the order", []issuer.Movement{in("a", issuer.MovementFailed), in("b", issuer.MovementClosed)}, engine.Happened, "b", false},
		"failed, then pending":   {"the pending one counts", []issuer.Movement{in("a", issuer.MovementFailed), in("b", issuer.MovementPending)}, engine.Pending, "b", false},
		"failed twice":           {"two failures are a failure", []issuer.Movement{in("a", issuer.MovementFailed), in("b", issuer.MovementFailed)}, engine.Failed, "a", false},
		"closed twice":           {"paid twice is for a person", []issuer.Movement{in("a", issuer.MovementClosed), in("b", issuer.MovementClosed)}, "", "", true},
		"closed and pending":     {"about to be paid twice is for a person", []issuer.Movement{in("a", issuer.MovementClosed), in("b", issuer.MovementPending)}, "", "", true},
		"a status nobody named":  {"what is not final is not finished", []issuer.Movement{in("a", "Strange")}, engine.Pending, "a", false},
		"a row without a client": {"an empty id is nobody's", []issuer.Movement{{ID: "x"}}, engine.Absent, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, found, err := engine.Sight(c.rows, "mine")
			if got.Presence != c.want || got.Reference != c.ref || found.ID != c.ref || (err != nil) != c.err {
				t.Errorf("%s: got %+v, row %q, %v", c.why, got, found.ID, err)
			}
			if c.err && engine.Explain(err).Reason != v1alpha1.ReasonConflict {
				t.Errorf("%s: %v", c.why, err)
			}
		})
	}
}

func TestCountNamesWhatWasMadeTwice(t *testing.T) {
	closed, failed, pending := issuer.MovementClosed, issuer.MovementFailed, issuer.MovementPending
	for name, c := range map[string]struct {
		why   string
		rows  []issuer.Movement
		twice bool
		net   string
	}{
		"once":               {"all is well", []issuer.Movement{row(1, issuer.MovementIn, "50", closed)}, false, "50"},
		"twice":              {"the money is there twice", []issuer.Movement{row(1, issuer.MovementIn, "50", closed), row(1, issuer.MovementIn, "50", closed)}, true, "100"},
		"closed and pending": {"it is about to be", []issuer.Movement{row(1, issuer.MovementIn, "50", closed), row(1, issuer.MovementIn, "50", pending)}, true, "50"},
		"failed and closed":  {"a failure moved nothing", []issuer.Movement{row(1, issuer.MovementIn, "50", failed), row(1, issuer.MovementIn, "50", closed)}, false, "50"},
		"with its fee":       {"a fee is no second movement", []issuer.Movement{row(1, issuer.MovementFee, "1", closed), row(1, issuer.MovementIn, "50", closed)}, false, "50"},
	} {
		t.Run(name, func(t *testing.T) {
			got := engine.Count(c.rows, "card-1", engine.PurposeFund, 0)
			want := ""
			if c.twice {
				want = id.Movement("card-1", engine.PurposeFund, 1)
			}
			if got.Twice != want || !got.Net.Equal(money.Must(c.net)) || got.Last != 1 {
				t.Errorf("%s: got %+v", c.why, got)
			}
		})
	}
}

func TestCountLooksPastGapsButNotForever(t *testing.T) {
	near := []issuer.Movement{row(1, issuer.MovementIn, "1", issuer.MovementClosed), row(33, issuer.MovementIn, "2", issuer.MovementClosed)}
	if got := engine.Count(near, "card-1", engine.PurposeFund, 0); got.Last != 33 || !got.Net.Equal(money.Must("3")) {
		t.Errorf("a gap of 31 numbers is looked past: %+v", got)
	}
	far := []issuer.Movement{row(1, issuer.MovementIn, "1", issuer.MovementClosed), row(34, issuer.MovementIn, "2", issuer.MovementClosed)}
	if got := engine.Count(far, "card-1", engine.PurposeFund, 0); got.Last != 1 {
		t.Errorf("the search has an end: %+v", got)
	}
	if got := engine.Count(near, "card-1", engine.PurposeHold, 0); got.Last != 0 {
		t.Errorf("a hold is no funding: %+v", got)
	}
}
