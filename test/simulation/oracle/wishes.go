package oracle

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
	"github.com/card-operator/card-operator/test/simulation/history"
)

func conditionOf(o v1alpha1.Object, condition string) *metav1.Condition {
	return engine.ConditionOf(o, condition)
}

// wishes: everything that is wished for is there and as declared, or says what a person
// must do; everything else is gone.
func (j *judge) wishes() {
	for key, wished := range j.people.Wished {
		if b := j.budgetOf(key); b != nil && j.inUse(b) {
			continue // the new one waits for the old one, and that for its cards
		}
		live, ok := j.w.API.Find(key).(v1alpha1.Object)
		if !ok || live.GetDeletionTimestamp() != nil {
			j.object(Converges, "%s %s is wished for and not there", key.Kind, key.Name)
			continue
		}
		if w, suspended := wished.(v1alpha1.LedgerObject); suspended && w.Suspended() {
			continue
		}
		j.wish(key, live)
	}
	j.leftovers()
}

// leftovers: what is wished for no more is gone.
func (j *judge) leftovers() {
	for _, kind := range []apiserver.Kind{"CardIssuer", "VirtualCard", "Withdrawal", "Budget", "Beneficiary"} {
		for _, o := range j.w.API.All(kind) {
			if b := j.budgetOf(apiserver.KeyOf(o)); b != nil && j.inUse(b) {
				continue
			}
			if j.people.Wished[apiserver.KeyOf(o)] == nil {
				j.object(NeverStuck, "%s %s was deleted and is still there: %s", kind, o.GetName(), messageOf(o))
			}
		}
	}
}

func messageOf(o any) string {
	if object, ok := o.(v1alpha1.Object); ok {
		if root := conditionOf(object, object.RootCondition()); root != nil {
			return root.Reason + ": " + root.Message
		}
	}
	return ""
}

func (j *judge) wish(key apiserver.Key, live v1alpha1.Object) {
	root := conditionOf(live, live.RootCondition())
	switch {
	case root == nil:
		j.object(NeverStuck, "%s %s has no condition", key.Kind, key.Name)
		return
	case root.Status != metav1.ConditionTrue && !j.excused(live, root):
		j.object(Converges, "%s %s: %s: %s", key.Kind, key.Name, root.Reason, root.Message)
		return
	case root.Status != metav1.ConditionTrue:
		return
	}
	switch o := live.(type) {
	case *v1alpha1.VirtualCard:
		j.card(o)
	case *v1alpha1.Budget:
		if o.Spec.Funding != "" && o.Status.Funded != money.Must(string(o.Spec.Funding)).String() {
			j.object(AsDeclared, "Budget %s is Ready with %s of %s", o.Name, o.Status.Funded, o.Spec.Funding)
		}
	}
}

// excused are objects that cannot be Ready for reasons that people made.
func (j *judge) excused(o v1alpha1.Object, root *metav1.Condition) bool {
	switch root.Reason {
	case v1alpha1.ReasonControlled:
		return j.people.Hand[apiserver.KeyOf(o)] == ledger.StateControl
	case v1alpha1.ReasonClosed:
		return j.people.Hand[apiserver.KeyOf(o)] == ledger.StateInactive || j.madeTooSoon(o)
	case v1alpha1.ReasonSecretTaken:
		return j.people.Foreign[o.GetName()] != ""
	}
	switch o := o.(type) {
	case *v1alpha1.Withdrawal:
		return j.unpayable(o, root)
	case *v1alpha1.VirtualCard:
		return root.Reason == v1alpha1.ReasonWaitingForBudget && o.Spec.BudgetRef != nil && j.budgetGone(o.Spec.BudgetRef.Name)
	}
	return false
}

// clockDoubt is how soon after an earlier object's card an object may be made for nobody to tell
// them apart, should its first round be interrupted: five seconds for two clocks that differ, and
// one because the API server tells whole seconds.
const clockDoubt = 6 * time.Second

// madeTooSoon: the object was made again within moments of the card that it shows as closed, and
// its first round was interrupted, so that its status was taken for a lost one.
func (j *judge) madeTooSoon(o v1alpha1.Object) bool {
	card, ok := o.(*v1alpha1.VirtualCard)
	if !ok || !j.people.Remade[apiserver.KeyOf(o)] {
		return false
	}
	remote := j.remote(card.Status.ID)
	return remote != nil && remote.Created.Add(clockDoubt).After(card.CreationTimestamp.Time) && j.interrupted(card)
}

func (j *judge) interrupted(card *v1alpha1.VirtualCard) bool {
	for _, change := range j.w.API.Log("VirtualCard") {
		if was, ok := change.After.(*v1alpha1.VirtualCard); ok && was.UID == card.UID && was.Status.SettlingSince != nil {
			return true
		}
	}
	return false
}

// unpayable: people, or the issuer's own hand, left nothing to pay from or made it another
// payment.
func (j *judge) unpayable(wd *v1alpha1.Withdrawal, root *metav1.Condition) bool {
	switch root.Reason {
	case v1alpha1.ReasonFailed, v1alpha1.ReasonRejected:
		return wd.Spec.BeneficiaryRef.Name == history.Bouncer || j.tooMuch(wd) || j.people.Blocked[keyOf("VirtualCard", wd.Spec.CardRef.Name)]
	case v1alpha1.ReasonConflict:
		return j.conflictOfPeople(wd)
	case v1alpha1.ReasonWaitingForCard:
		return j.cardGone(wd.Spec.CardRef.Name)
	}
	return false
}

// tooMuch: a payment that its card could never cover.
func (j *judge) tooMuch(wd *v1alpha1.Withdrawal) bool {
	card, ok := j.people.Wished[apiserver.Key{Kind: "VirtualCard", Namespace: wd.Namespace, Name: wd.Spec.CardRef.Name}].(*v1alpha1.VirtualCard)
	return ok && money.Must(string(card.Spec.Funding)).LessThan(money.Must(string(wd.Spec.Amount)))
}

// cardGone: the card is not wished for, or cannot be Ready for reasons that people made.
func (j *judge) cardGone(name string) bool {
	key := keyOf("VirtualCard", name)
	if j.people.Wished[key] == nil {
		return true
	}
	card, ok := j.w.API.Find(key).(*v1alpha1.VirtualCard)
	if !ok {
		return false
	}
	root := conditionOf(card, card.RootCondition())
	return root != nil && root.Status != metav1.ConditionTrue && j.excused(card, root)
}

// budgetGone: the Budget is not wished for, or waits for the card itself.
func (j *judge) budgetGone(name string) bool {
	key := keyOf("Budget", name)
	budget := j.budgetOf(key)
	return j.people.Wished[key] == nil || budget != nil && j.inUse(budget)
}

// card: the issuer's card is as declared, and its number is in the Secret.
func (j *judge) card(card *v1alpha1.VirtualCard) {
	remote := j.remote(card.Status.ID)
	if remote == nil {
		j.object(Acknowledged, "VirtualCard %s is Ready with a card that the issuer does not have", card.Name)
		return
	}
	wanted := ledger.Active
	if card.Spec.State == v1alpha1.CardFrozen {
		wanted = ledger.StateFrozen
	}
	if remote.State != wanted {
		j.object(AsDeclared, "VirtualCard %s is Ready as %s, its card is %s", card.Name, wanted, remote.State)
	}
	j.cardMoney(card, remote)
	secret, _ := j.w.API.Find(apiserver.Key{Kind: "Secret", Namespace: card.Namespace, Name: card.Name}).(*corev1.Secret)
	if card.Spec.Secret != nil && (secret == nil || string(secret.Data["pan"]) != remote.PAN.Reveal()) {
		j.object(AsDeclared, "VirtualCard %s is Ready without its number in the Secret", card.Name)
	}
}

func (j *judge) remote(id string) *ledger.Card {
	for i := range j.books.Cards {
		if j.books.Cards[i].ID == id {
			return &j.books.Cards[i]
		}
	}
	return nil
}

func (j *judge) cardMoney(card *v1alpha1.VirtualCard, remote *ledger.Card) {
	if f := card.Spec.Funding; f != "" && card.Status.Funded != money.Must(string(f)).String() {
		j.object(AsDeclared, "VirtualCard %s is Ready with %s of %s", card.Name, card.Status.Funded, f)
	}
	held := j.books.Balance(remote.BalanceID).Frozen
	if h := card.Spec.Hold; h != "" && !j.people.Meddled && !held.Equal(money.Must(string(h))) {
		j.object(AsDeclared, "VirtualCard %s is Ready with %s held of %s", card.Name, held, h)
	}
}
