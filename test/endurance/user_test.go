package endurance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
)

const (
	// pace is the time between two edits of the user.
	pace = 50 * time.Millisecond
	// arrivals is the part of a storm in which new objects keep coming.
	arrivals = 0.6
)

// user is whoever writes manifests: objects come, are edited, go, and come again.
type user struct {
	ns    string
	dice  *rand.Rand
	cards int // made so far
	pays  int
	edits int
	err   error
	done  chan struct{}
}

// startUser works until the storm is over.
func startUser(storm context.Context, ns string, seed uint64) *user {
	u := &user{ns: ns, dice: rand.New(rand.NewPCG(seed, 1)), done: make(chan struct{})}
	go func() {
		defer close(u.done)
		began := time.Now()
		for storm.Err() == nil && u.err == nil {
			u.err = errors.Join(u.arrive(time.Since(began)), u.edit())
			time.Sleep(pace)
		}
	}()
	return u
}

// arrive makes as many cards and withdrawals as there should be by now.
func (u *user) arrive(passed time.Duration) error {
	part := min(passed.Seconds()/(arrivals*sizes.storm.Seconds()), 1)
	for u.cards < int(part*float64(sizes.cards)) {
		if err := k8s.Create(ctx, newCard(u.ns, u.cards)); err != nil {
			return err
		}
		u.cards++
	}
	for u.pays < min(int(part*float64(sizes.withdrawals)), u.cards) {
		if err := k8s.Create(ctx, newWithdrawal(u.ns, u.pays)); err != nil {
			return err
		}
		u.pays++
	}
	return nil
}

// edit changes one thing.
func (u *user) edit() error {
	if u.cards == 0 {
		return nil
	}
	u.edits++
	n := u.dice.IntN(u.cards)
	switch {
	case u.dice.IntN(12) == 0:
		return u.change(&v1alpha1.Budget{}, fmt.Sprintf("pot-%d", n%pots), func(o client.Object) {
			o.(*v1alpha1.Budget).Spec.Funding = u.amount(200, 400)
		})
	case comesAndGoes(n) && u.dice.IntN(2) == 0:
		return u.comeOrGo(n)
	}
	return u.change(&v1alpha1.VirtualCard{}, cardName(n), func(o client.Object) { u.changeCard(o.(*v1alpha1.VirtualCard), n) })
}

// changeCard keeps more on a card than its hold and its withdrawal need.
func (u *user) changeCard(card *v1alpha1.VirtualCard, n int) {
	switch turn := u.dice.IntN(4); {
	case turn == 0 || onBudget(n):
		card.Spec.State = map[bool]v1alpha1.CardState{true: v1alpha1.CardActive, false: v1alpha1.CardFrozen}[card.Spec.State == v1alpha1.CardFrozen]
	case turn == 1:
		card.Spec.Hold = v1alpha1.Amount([]string{"0", "5.00", "10.00", "15.50"}[u.dice.IntN(4)])
	default:
		card.Spec.Funding = u.amount(50, 120)
	}
}

func (u *user) amount(least, most int) v1alpha1.Amount {
	return v1alpha1.Amount(fmt.Sprintf("%d.%02d", least+u.dice.IntN(most-least), u.dice.IntN(100)))
}

// change edits as kubectl edit does. What is gone or was changed meanwhile is left alone.
func (u *user) change(o client.Object, name string, edit func(client.Object)) error {
	err := k8s.Get(ctx, client.ObjectKey{Namespace: u.ns, Name: name}, o)
	if err != nil || o.GetDeletionTimestamp() != nil {
		return client.IgnoreNotFound(err)
	}
	edit(o)
	if err := k8s.Update(ctx, o); !apierrors.IsConflict(err) {
		return client.IgnoreNotFound(err)
	}
	return nil
}

// comeOrGo deletes a card, or makes it again and touches it while the operator begins with
// it, as tools do that apply manifests in several steps.
func (u *user) comeOrGo(n int) error {
	card := newCard(u.ns, n)
	err := k8s.Create(ctx, card)
	if apierrors.IsAlreadyExists(err) {
		return client.IgnoreNotFound(k8s.Delete(ctx, card))
	}
	if err != nil {
		return err
	}
	u.awaitFinalizer(card)
	label := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"example.com/team":"growth"}}}`))
	return client.IgnoreNotFound(k8s.Patch(ctx, card, label))
}

// awaitFinalizer waits until the operator begins with a card, but not for long.
func (u *user) awaitFinalizer(card *v1alpha1.VirtualCard) {
	for began := time.Now(); time.Since(began) < time.Second && len(card.Finalizers) == 0; time.Sleep(time.Millisecond) {
		if err := k8s.Get(ctx, client.ObjectKeyFromObject(card), card); err != nil {
			return
		}
	}
}

// finish ends the user's work with every object there.
func (u *user) finish() {
	GinkgoHelper()
	Eventually(u.done).WithTimeout(time.Minute).Should(BeClosed())
	Expect(u.err).NotTo(HaveOccurred(), "the API server refused the user")
	for n := range sizes.cards {
		u.makeSure(newCard(u.ns, n), comesAndGoes(n))
	}
	for n := range sizes.withdrawals {
		u.makeSure(newWithdrawal(u.ns, n), false)
	}
}

// makeSure makes what is not there. A card that is being deleted has to be gone first.
func (u *user) makeSure(o client.Object, wait bool) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		there := o.DeepCopyObject().(client.Object)
		err := k8s.Get(ctx, client.ObjectKeyFromObject(o), there)
		if apierrors.IsNotFound(err) {
			err = k8s.Create(ctx, o)
		}
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(wait && there.GetDeletionTimestamp() != nil).To(BeFalse(), o.GetName()+" is still being deleted")
	}).WithTimeout(sizes.settle).WithPolling(200 * time.Millisecond).Should(Succeed())
}
