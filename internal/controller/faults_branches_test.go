package controller_test

import (
	"errors"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/card-operator/card-operator/internal/issuer"
)

var errAway = errors.New("the API server is away")

func down() error        { return &issuer.Error{Class: issuer.Unavailable, Op: "ask"} }
func refusal() error     { return &issuer.Error{Class: issuer.Invalid, Op: "ask", Message: "no"} }
func lost() error        { return &issuer.Error{Class: issuer.Ambiguous, Op: "ask"} }
func unsupported() error { return &issuer.Error{Class: issuer.Unsupported, Op: "ask"} }

func conflict() error {
	return apierrors.NewConflict(schema.GroupResource{Resource: "objects"}, "search", nil)
}

func notFound() error {
	return apierrors.NewNotFound(schema.GroupResource{Resource: "objects"}, "search")
}

// faults are the errors that a test wants, by the name of what is asked.
type faults struct {
	asked map[string]int
	errs  map[string]map[int]error
	// on runs within what is asked; n counts from 1.
	on map[string]func(n int)
}

func newFaults() *faults {
	return &faults{asked: map[string]int{}, errs: map[string]map[int]error{}, on: map[string]func(int){}}
}

// breaks makes the n-th asking for something fail from now on; 0 is every one.
func (f *faults) breaks(what string, n int, err error) {
	if f.errs[what] == nil {
		f.errs[what] = map[int]error{}
	}
	if n > 0 {
		n += f.asked[what]
	}
	f.errs[what][n] = err
}

func (f *faults) ask(what string) error {
	f.asked[what]++
	if on := f.on[what]; on != nil {
		on(f.asked[what])
	}
	if err := f.errs[what][0]; err != nil {
		return err
	}
	return f.errs[what][f.asked[what]]
}

// fails is a world in which the n-th asking for something fails; 0 is every one.
func fails(what string, n int, err error) func(*world) {
	return func(w *world) { w.breaks(what, n, err) }
}

// lacks is a world whose issuer cannot do something.
func lacks(f issuer.Feature) func(*world) {
	return func(w *world) { w.bank.lacks = map[issuer.Feature]bool{f: true} }
}

// outdates is a world in which a picture of the issuer is old as soon as it was taken, since
// another object sends something meanwhile. It is taken once more; then happens just before,
// and may be nil.
func outdates(list string, then func(*world)) func(*world) {
	return func(w *world) {
		acct := w.account()
		w.on[list] = func(n int) {
			acct.Mirror.TouchCards()
			if acct.Mirror.TouchBudgets(); n == 2 {
				w.prepare(then)
			}
		}
	}
}

// outdatesAndFails is outdates where the second picture cannot be taken.
func outdatesAndFails(list string) func(*world) {
	return func(w *world) { w.prepare(outdates(list, nil), fails(list, 2, down())) }
}

// cards, budgets, payees and ledger are worlds whose issuer lists these.
func cards(list ...issuer.Card) func(*world) {
	return func(w *world) { w.bank.cards = slices.Clone(list) }
}

func budgets(list ...issuer.Budget) func(*world) {
	return func(w *world) { w.bank.budgets = slices.Clone(list) }
}

func payees(list ...issuer.Receiver) func(*world) {
	return func(w *world) { w.bank.payees = slices.Clone(list) }
}

func ledger(list ...issuer.Movement) func(*world) {
	return func(w *world) { w.bank.rows = slices.Clone(list) }
}
