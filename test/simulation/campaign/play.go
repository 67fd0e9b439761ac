// Package campaign runs histories by the thousand: every boundary of every scenario with
// every fault, random histories, planted bugs. It reports, and cuts what it finds down to
// the smallest history that still shows it.
package campaign

import (
	"fmt"
	"time"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/test/simulation/history"
	"github.com/card-operator/card-operator/test/simulation/oracle"
	"github.com/card-operator/card-operator/test/simulation/world"
)

// Result is what became of a history.
type Result struct {
	Violations []oracle.Violation
	// Hash is the trace's: the same history has the same.
	Hash uint64
	// Calls are the boundaries; the kinds of calls only when they were asked for.
	Boundaries int
	Calls      []world.Call
	// End is the digest of the end state, for comparison with the run without faults.
	End string
	// Parked counts the questions that people had to answer.
	Parked int
	// Simulated is how much time passed in the world.
	Simulated time.Duration
	// Writes, Mutations, Deaths and Leaders are the world's.
	Writes, Mutations, Deaths, Leaders int
	// Sends are the names of transitions and how often they came.
	Transitions map[string]int
}

// Quiet is how long nothing may change before a world counts as at rest: longer than
// spec.assumptions.patience and the slowest poll together.
const quiet = 45 * time.Minute

// patience is how many calls a history may take; those that come to rest take hundreds.
const patience = 6000

// limit is how long a world may take to come to rest.
const limit = 24 * time.Hour

// Play plays a history to its end, and then a day longer in which nothing may happen.
func Play(h history.History, keepCalls bool) (Result, error) {
	w, people, err := history.Play(h)
	if err != nil {
		return Result{}, err
	}
	defer w.Close()
	w.KeepCalls = keepCalls
	began := w.Now()
	for _, a := range h.Actions {
		if end := began.Add(a.At); end.After(w.Now()) {
			w.RunUntil(end)
		}
	}
	var found []oracle.Violation
	rested := rest(w)
	for range 6 {
		if !rested || people.AnswerQuestions() == 0 {
			break
		}
		rested = rest(w)
	}
	if h.Authoritative && people.Settled > 0 {
		found = append(found, oracle.Violation{Oracle: oracle.NeverStuck, What: "a person was asked what the issuer's records can tell"})
	}
	if !rested {
		found = append(found, oracle.Violation{Oracle: oracle.Converges, What: "the world does not come to rest"})
	}
	w.Calm()
	if rested {
		rested = readAll(w, len(people.Blocked) > 0)
	}
	if rested {
		found = append(found, silence(w, len(people.Wished))...)
	}
	found = append(found, oracle.Check(w, people)...)
	end := digest(h, w, people)
	seal(w, end)
	return Result{
		Violations: found, Hash: w.Hash(), Boundaries: w.Boundaries(), Calls: w.Calls, End: end,
		Parked: people.Settled, Simulated: w.Now().Sub(began),
		Writes: w.Writes, Mutations: w.Mutations, Deaths: w.Deaths, Leaders: w.Leaders,
	}, nil
}

// readAll lets everything be read once more, which takes twelve hours and a fifth, and again where
// that has brought news: what was done then shows to the next reading. What a closed card held
// is not swept, and may be read one round later than the rest.
func readAll(w *world.World, closed bool) bool {
	once := 15 * time.Hour
	if closed {
		once *= 2
	}
	for range 4 {
		seen := w.Writes + w.Mutations
		w.RunFor(once)
		if !rest(w) {
			return false
		}
		if w.Writes+w.Mutations == seen {
			break
		}
	}
	return true
}

// run lets time pass, but not through more calls than a history may take.
func run(w *world.World, d time.Duration) {
	for end := w.Now().Add(d); w.Now().Before(end) && w.Boundaries() <= patience; {
		w.RunFor(min(20*time.Second, end.Sub(w.Now())))
	}
}

// rest lets time pass until nothing has changed for a while.
func rest(w *world.World) bool {
	began, last := w.Now(), w.Now()
	seen := w.Writes + w.Mutations
	for w.Now().Sub(last) < quiet {
		run(w, 5*time.Minute)
		if now := w.Writes + w.Mutations; now != seen || w.Asleep() {
			seen, last = now, w.Now()
		}
		if w.Now().Sub(began) > limit || w.Boundaries() > patience {
			return false
		}
	}
	return true
}

// silence is a day in which nothing has to be done but to follow security codes that the issuer
// renews. Looking is allowed, in measure: the slowest poll is five minutes, and the issuer is
// read every twelve hours.
func silence(w *world.World, objects int) []oracle.Violation {
	writes, mutations, rounds := w.Writes+writesOfRenewals(w, 24*time.Hour), w.Mutations, w.Rounds
	run(w, 24*time.Hour)
	var found []oracle.Violation
	if w.Writes != writes || w.Mutations != mutations {
		found = append(found, oracle.Violation{Oracle: oracle.Converges, What: "a day of silence had writes or mutating calls"})
	}
	if looked := w.Rounds - rounds; looked > 300*(objects+1) {
		found = append(found, oracle.Violation{Oracle: oracle.Converges, What: fmt.Sprintf("%d rounds in a day of silence", looked)})
	}
	return found
}

// writesOfRenewals is how many writes the security codes take that are due within d: a Secret and a
// status each, and none for a card that is not Ready.
func writesOfRenewals(w *world.World, d time.Duration) int {
	writes := 0
	for _, o := range w.API.All("VirtualCard") {
		card, ok := o.(*v1alpha1.VirtualCard)
		if !ok || card.Status.Secret == nil || card.Status.Secret.ValidUntil == nil {
			continue
		}
		if engine.IsTrue(card, v1alpha1.ConditionReady) && !card.Status.Secret.ValidUntil.After(w.Now().Add(d)) {
			writes += 2
		}
	}
	return writes
}
