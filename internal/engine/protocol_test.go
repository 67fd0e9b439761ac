package engine_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

var (
	epoch  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	timing = engine.DefaultTiming
)

func claimed(change func(*v1alpha1.Intent)) v1alpha1.Intent {
	in := v1alpha1.Intent{ID: "id-1", Action: v1alpha1.ActionFund, Amount: "50.00", ClaimedAt: metav1.NewMicroTime(epoch), Attempt: 1}
	if change != nil {
		change(&in)
	}
	return in
}

func at(d time.Duration) *metav1.MicroTime {
	stamp := metav1.NewMicroTime(epoch.Add(d))
	return &stamp
}

func TestJudge(t *testing.T) {
	move := engine.Promise{Timing: timing}
	create := engine.Promise{Timing: timing, Creation: true}
	replay := engine.Promise{Timing: timing, Replays: true, MustShow: true}
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
		"found closed":                {"the ledger is the truth", claimed(nil), engine.Happened, "", 0, move, engine.StepFinish},
		"found failed":                {"the ledger is the truth", claimed(nil), engine.Failed, "", 0, move, engine.StepFail},
		"found pending":               {"the issuer has it", claimed(nil), engine.Pending, "", 24 * time.Hour, move, engine.StepWait},
		"absent at once":              {"the call may be on its way", claimed(nil), engine.Absent, "", time.Second, move, engine.StepWait},
		"absent just before landing":  {"the call may be on its way", claimed(nil), engine.Absent, "", flight - 1, move, engine.StepWait},
		"absent once after landing":   {"one absence may be lag", claimed(nil), engine.Absent, "", flight, move, engine.StepNoteAbsence},
		"absent once, days later":     {"one absence may be lag, however late", claimed(nil), engine.Absent, "", 240 * time.Hour, move, engine.StepNoteAbsence},
		"absent again within the lag": {"two absences within the lag are one", claimed(func(in *v1alpha1.Intent) { in.AbsentSince = at(flight) }), engine.Absent, "", flight + timing.ListingLag - 1, move, engine.StepWait},
		"absent again after the lag":  {"now it can be believed", claimed(func(in *v1alpha1.Intent) { in.AbsentSince = at(flight) }), engine.Absent, "", flight + timing.ListingLag, move, engine.StepSendAgain},
		"absence noted too early":     {"an absence seen in flight proves nothing", claimed(func(in *v1alpha1.Intent) { in.AbsentSince = at(time.Second) }), engine.Absent, "", time.Hour, move, engine.StepNoteAbsence},
		"order absent within its lag": {"cards show later than movements", claimed(func(in *v1alpha1.Intent) { in.AbsentSince = at(flight) }), engine.Absent, "", flight + timing.ListingLag, create, engine.StepWait},
		"order absent after its lag":  {"now it can be believed", claimed(func(in *v1alpha1.Intent) { in.AbsentSince = at(flight) }), engine.Absent, "", flight + timing.IssuingLag, create, engine.StepSendAgain},
		"replay at once":              {"spaced even where it is safe", claimed(nil), engine.Absent, "", time.Second, replay, engine.StepWait},
		"replay after its delay":      {"the issuer promises one effect", claimed(nil), engine.Absent, "", 2 * time.Second, replay, engine.StepSendAgain},
		"accepted, not listed yet":    {"yes is yes, the list lags", claimed(func(in *v1alpha1.Intent) { in.Outcome, in.AnsweredAt = v1alpha1.OutcomeAccepted, at(time.Second) }), engine.Absent, "", 2 * time.Second, move, engine.StepWait},
		"accepted, never listed":      {"a definite answer stands", claimed(func(in *v1alpha1.Intent) { in.Outcome, in.AnsweredAt = v1alpha1.OutcomeAccepted, at(0) }), engine.Absent, "", timing.ListingLag, move, engine.StepTrustAnswer},
		"order accepted, never shows": {"a person must ask the issuer", claimed(func(in *v1alpha1.Intent) { in.Outcome, in.AnsweredAt = v1alpha1.OutcomeAccepted, at(0) }), engine.Absent, "", timing.Patience, create, engine.StepPark},
		"payout accepted, not shown":  {"a replay is not for accepted orders", claimed(func(in *v1alpha1.Intent) { in.Outcome, in.AnsweredAt = v1alpha1.OutcomeAccepted, at(0) }), engine.Absent, "", time.Minute, replay, engine.StepWait},
		"records cannot tell":         {"guessing is not looking", claimed(nil), engine.Unclear, "", time.Hour, move, engine.StepPark},
		"cannot tell, in flight":      {"the call may make it clear", claimed(nil), engine.Unclear, "", flight - 1, move, engine.StepWait},
		"cannot tell, landed":         {"now looking again will not help", claimed(nil), engine.Unclear, "", flight, move, engine.StepPark},
		"accepted, cannot tell":       {"a definite answer stands", claimed(func(in *v1alpha1.Intent) { in.Outcome, in.AnsweredAt = v1alpha1.OutcomeAccepted, at(0) }), engine.Unclear, "", timing.ListingLag, move, engine.StepTrustAnswer},
		"a person says happened":      {"a person may know", claimed(nil), engine.Absent, engine.DidHappen, time.Second, move, engine.StepFinish},
		"a person says never":         {"a person may know", claimed(nil), engine.Absent, engine.DidNotOccur, flight, move, engine.StepSendAgain},
		"a person says so in flight":  {"the call may have its effect after the word", claimed(nil), engine.Absent, engine.DidNotOccur, flight - 1, move, engine.StepWait},
		"said in flight, replayable":  {"the word waits, however the issuer replays", claimed(nil), engine.Absent, engine.DidNotOccur, flight - 1, replay, engine.StepWait},
		"a person is wrong":           {"the ledger outranks a person", claimed(nil), engine.Happened, engine.DidNotOccur, time.Second, move, engine.StepFinish},
	} {
		t.Run(name, func(t *testing.T) {
			got := engine.Judge(c.in, engine.Sighting{Presence: c.seen}, c.decided, epoch.Add(c.after), c.promise)
			if got.Step != c.want {
				t.Errorf("%s: got %s, want %s", c.why, got.Step, c.want)
			}
		})
	}
}

// Whatever was seen and whenever: without a promise to replay and without a person's
// word, nothing is sent again before a call could have landed and the lag has passed
// twice over, and never after a yes.
func TestJudgeNeverSendsEarly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := engine.Promise{Timing: timing, Creation: rapid.Bool().Draw(t, "creation"), MustShow: rapid.Bool().Draw(t, "mustShow")}
		passed := time.Duration(rapid.Int64Range(0, int64(6*time.Hour)).Draw(t, "passed"))
		in := claimed(func(in *v1alpha1.Intent) {
			in.Attempt = rapid.Int64Range(1, 50).Draw(t, "attempt")
			if rapid.Bool().Draw(t, "accepted") {
				in.Outcome, in.AnsweredAt = v1alpha1.OutcomeAccepted, at(time.Second)
			}
			if rapid.Bool().Draw(t, "noted") {
				in.AbsentSince = at(time.Duration(rapid.Int64Range(0, int64(passed)).Draw(t, "absentSince")))
			}
		})
		seen := rapid.SampledFrom([]engine.Presence{engine.Absent, engine.Pending, engine.Happened, engine.Failed, engine.Unclear}).Draw(t, "seen")
		got := engine.Judge(in, engine.Sighting{Presence: seen}, engine.Undecided, epoch.Add(passed), p)
		if got.Step != engine.StepSendAgain {
			return
		}
		switch {
		case seen != engine.Absent:
			t.Fatalf("sent again although the look said %s", seen)
		case in.Outcome == v1alpha1.OutcomeAccepted:
			t.Fatal("sent again after a yes")
		case in.AbsentSince == nil || in.AbsentSince.Sub(epoch) < timing.InFlight():
			t.Fatal("sent again on an absence that was seen while the call could be on its way")
		case passed < in.AbsentSince.Sub(epoch)+timing.Lag(p.Creation):
			t.Fatal("sent again before the lag had passed")
		}
	})
}

// Whatever a person says and whatever the issuer promises of the id: a word that nothing
// happened lets nothing be sent while the call that it speaks of may still have its effect,
// and nobody is asked about one.
func TestNoWordCountsWhileTheCallIsUnderWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := engine.Promise{Timing: timing, Creation: rapid.Bool().Draw(t, "creation"), MustShow: rapid.Bool().Draw(t, "mustShow")}
		passed := time.Duration(rapid.Int64Range(0, int64(timing.InFlight())-1).Draw(t, "passed"))
		seen := rapid.SampledFrom([]engine.Presence{engine.Absent, engine.Pending, engine.Unclear}).Draw(t, "seen")
		word := rapid.SampledFrom([]engine.Decision{engine.Undecided, engine.DidNotOccur}).Draw(t, "word")
		got := engine.Judge(claimed(nil), engine.Sighting{Presence: seen}, word, epoch.Add(passed), p)
		if got.Step != engine.StepWait || !got.At.After(epoch.Add(passed)) {
			t.Fatalf("%s until %s", got.Step, got.At.Sub(epoch))
		}
	})
}

// A verdict to wait names a time in the future, or nobody would ever look again; and one
// that is not too far.
func TestJudgeAlwaysLooksAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := engine.Promise{Timing: timing, Creation: rapid.Bool().Draw(t, "creation"), Replays: rapid.Bool().Draw(t, "replays")}
		now := epoch.Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "passed")))
		got := engine.Judge(claimed(nil), engine.Sighting{Presence: engine.Absent}, engine.Undecided, now, p)
		if got.Step == engine.StepWait || got.Step == engine.StepNoteAbsence {
			if !got.At.After(now) || got.At.After(now.Add(5*time.Minute)) {
				t.Fatalf("%s until %s", got.Step, got.At.Sub(now))
			}
		}
	})
}
