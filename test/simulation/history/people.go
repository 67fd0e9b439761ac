package history

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/test/simulation/apiserver"
	"github.com/card-operator/card-operator/test/simulation/world"
)

// People do what a history says, and remember what they wish for.
type People struct {
	w      *world.World
	speech speech
	// Wished are the manifests that are in force.
	Wished map[apiserver.Key]client.Object
	// Left are the ids of cards that were given up by a deletion policy.
	Left map[string]bool
	// Meddled is true once somebody moved money on a card at the issuer's console.
	Meddled bool
	// Foreign is the Secret of somebody else, by name, and what it must go on holding.
	Foreign map[string]string
	// Wiped is true once somebody lost a status.
	Wiped bool
	// backups are objects with a status that was backed up.
	backups map[string]client.Object
	// Restored are the resourceVersions of statuses that came from a backup.
	Restored map[string]bool
	// Remade are the objects that people deleted, or lost with the cluster.
	Remade map[apiserver.Key]bool
	// Hand is what the issuer's own hand did to a card.
	Hand map[apiserver.Key]ledger.State
	// Blocked are the cards that could not pay for a while because of it, or for good.
	Blocked map[apiserver.Key]bool
	// Secrets are the client secrets that came after the first.
	Secrets []string
	// inForce and inCluster are the numbers of the credentials that the issuer takes and
	// that the Secret has.
	inForce, inCluster int
	// Settled counts the words that people gave about what the operator cannot see.
	Settled int
}

// Play puts a history into a new world. Nothing happens until the world runs.
func Play(h History) (*world.World, *People, error) {
	w, err := world.New(h.World)
	if err != nil {
		return nil, nil, err
	}
	p := &People{
		w: w, speech: speechOf(h.World.Speaks), Wished: map[apiserver.Key]client.Object{}, Left: map[string]bool{}, Foreign: map[string]string{},
		Restored: map[string]bool{}, Remade: map[apiserver.Key]bool{}, Hand: map[apiserver.Key]ledger.State{}, Blocked: map[apiserver.Key]bool{}, backups: map[string]client.Object{},
	}
	w.At(0, func() {
		p.create(&corev1.Namespace{ObjectMeta: namespaceMeta()})
		p.create(&corev1.Secret{ObjectMeta: meta(CredentialsName), Data: p.speech.credentials()})
		p.apply(h.issuer())
	})
	for _, a := range h.Actions {
		w.At(a.At, func() { p.do(a) })
	}
	return w, p, nil
}

// deeds are what people do, by name.
var deeds = map[Deed]func(*People, Action){
	ApplyCard:       func(p *People, a Action) { p.applyCard(newCard(a.Name, a.Value)) },
	ApplyBudgetCard: func(p *People, a Action) { p.applyCard(newBudgetCard(a.Name, a.Value)) },
	ApplyBudget:     func(p *People, a Action) { p.apply(newBudget(a.Name, a.Value)) },
	ApplyPayee:      func(p *People, a Action) { p.apply(newPayee(a.Name)) },
	ApplyWithdrawal: func(p *People, a Action) { p.apply(newWithdrawal(a.Name, a.Value, false)) },
	PlanWithdrawal:  func(p *People, a Action) { p.apply(newWithdrawal(a.Name, a.Value, true)) },
	Approve:         (*People).approve,
	Fund:            (*People).fund,
	Hold:            (*People).hold,
	State:           (*People).state,
	Policy:          (*People).policy,
	Rename:          (*People).rename,
	Delete:          (*People).deleteObject,
	Recreate:        (*People).recreate,
	WipeStatus:      (*People).wipe,
	BackupStatus:    (*People).backUp,
	RestoreStatus:   (*People).restore,
	LookNow:         (*People).lookNow,
	Rotate:          (*People).rotate,
	Outside:         (*People).outside,
	RemoteState:     (*People).remoteState,
	LoseSecret: func(p *People, a Action) {
		_ = p.w.API.Delete(apiserver.Key{Kind: "Secret", Namespace: Namespace, Name: a.Name}, "")
	},
	DeleteNamespace: (*People).deleteNamespace,
	ForeignSecret:   (*People).foreignSecret,
	Rebuild:         (*People).rebuild,
	Hint: func(p *People, _ Action) {
		p.annotate(keyOf("CardIssuer/"+bank.Name), v1alpha1.AnnotationHintedAt, p.w.Now().String())
	},
}

func (p *People) do(a Action) {
	p.w.Log("people", string(a.Do), a.Name+" "+a.Value)
	if deed := deeds[a.Do]; deed != nil {
		deed(p, a)
	}
}

func keyOf(name string) apiserver.Key {
	kind, rest, _ := strings.Cut(name, "/")
	return apiserver.Key{Kind: apiserver.Kind(kind), Namespace: Namespace, Name: rest}
}

func (p *People) create(o client.Object) { _, _ = p.w.API.Create(o) }

// apply creates what is not there. What is still being deleted is waited for.
func (p *People) apply(o client.Object) {
	key := apiserver.KeyOf(o)
	p.Wished[key] = o
	p.createWhenGone(key, o, 0)
}

// applyCard leaves out of a card what the issuer cannot do.
func (p *People) applyCard(card *v1alpha1.VirtualCard) {
	p.speech.card(&card.Spec)
	p.apply(card)
}

func (p *People) createWhenGone(key apiserver.Key, o client.Object, tries int) {
	live := p.w.API.Find(key)
	switch {
	case p.Wished[key] != o || tries > 5000:
		return
	case live == nil:
		p.create(o)
	case live.GetDeletionTimestamp() != nil:
		p.w.After(5*time.Second, func() { p.createWhenGone(key, o, tries+1) })
	}
}

// edit changes a wish, and the object where it exists.
func edit[T client.Object](p *People, key apiserver.Key, change func(T)) {
	if wished, ok := p.Wished[key].(T); ok {
		change(wished)
	}
	live, ok := p.w.API.Find(key).(T)
	if !ok || live.GetDeletionTimestamp() != nil {
		return
	}
	next, ok := live.DeepCopyObject().(T)
	if !ok {
		return
	}
	change(next)
	_, _ = p.w.API.Update(next)
}

func (p *People) approve(a Action) {
	edit(p, keyOf("Withdrawal/"+a.Name), func(wd *v1alpha1.Withdrawal) { wd.Spec.Suspend = false })
}

func (p *People) fund(a Action) {
	edit(p, keyOf(a.Name), func(c *v1alpha1.VirtualCard) { c.Spec.Funding = v1alpha1.Amount(a.Value) })
	edit(p, keyOf(a.Name), func(b *v1alpha1.Budget) { b.Spec.Funding = v1alpha1.Amount(a.Value) })
}

func (p *People) hold(a Action) {
	edit(p, keyOf("VirtualCard/"+a.Name), func(c *v1alpha1.VirtualCard) { c.Spec.Hold = v1alpha1.Amount(a.Value) })
}

func (p *People) state(a Action) {
	edit(p, keyOf("VirtualCard/"+a.Name), func(c *v1alpha1.VirtualCard) { c.Spec.State = v1alpha1.CardState(a.Value) })
}

func (p *People) policy(a Action) {
	edit(p, keyOf("VirtualCard/"+a.Name), func(c *v1alpha1.VirtualCard) { c.Spec.DeletionPolicy = v1alpha1.CardDeletionPolicy(a.Value) })
}

func (p *People) rename(a Action) {
	edit(p, keyOf("Budget/"+a.Name), func(b *v1alpha1.Budget) { b.Spec.DisplayName = a.Value })
}

func (p *People) delete(key apiserver.Key) {
	delete(p.Wished, key)
	p.Remade[key] = true
	if card, ok := p.w.API.Find(key).(*v1alpha1.VirtualCard); ok && card.Spec.DeletionPolicy != v1alpha1.CardClose {
		p.Left[card.Name] = true
	}
	_ = p.w.API.Delete(key, "")
}

// deleteObject deletes an object. A card that is to stay is not deleted before it is there.
func (p *People) deleteObject(a Action) {
	key := keyOf(a.Name)
	card, ok := p.w.API.Find(key).(*v1alpha1.VirtualCard)
	if ok && card.Spec.DeletionPolicy != v1alpha1.CardClose {
		p.whenThere(key, func(string) { p.delete(key) }, 0)
		return
	}
	p.delete(key)
}

func (p *People) recreate(a Action) {
	key := keyOf(a.Name)
	wished := p.Wished[key]
	if wished == nil {
		return
	}
	p.delete(key)
	again, ok := wished.DeepCopyObject().(client.Object)
	if ok {
		p.apply(again)
	}
}

func (p *People) lookNow(a Action) {
	p.annotate(keyOf(a.Name), v1alpha1.AnnotationReconcileAt, p.w.Now().String())
}

func (p *People) annotate(key apiserver.Key, name, value string) {
	live := p.w.API.Find(key)
	if live == nil {
		return
	}
	next, ok := live.DeepCopyObject().(client.Object)
	if !ok {
		return
	}
	annotations := map[string]string{}
	for k, v := range next.GetAnnotations() {
		annotations[k] = v
	}
	annotations[name] = value
	next.SetAnnotations(annotations)
	_, _ = p.w.API.Update(next)
}

// outside moves money at the issuer's console, as soon as there is where to.
func (p *People) outside(a Action) {
	kind, amount, _ := strings.Cut(a.Value, "/")
	move := ledger.Move{Kind: ledger.Kind(kind), Amount: money.Must(amount)}
	p.whenThere(keyOf(a.Name), func(id string) {
		move.CardID, move.BudgetID = id, id
		if _, err := p.w.Issuer.Ledger().MoveOutside(move); err == nil {
			p.Meddled = true
		}
	}, 0)
}

func (p *People) remoteState(a Action) {
	key := keyOf("VirtualCard/" + a.Name)
	p.whenThere(key, func(id string) {
		if p.w.Issuer.Ledger().SetCardState(id, ledger.State(a.Value)) == nil {
			p.Hand[key] = ledger.State(a.Value)
			if p.Hand[key] == ledger.StateControl || p.Hand[key] == ledger.StateInactive {
				p.Blocked[key] = true
			}
		}
	}, 0)
}

// whenThere waits until a wished object knows what it has at the issuer. On what is being
// deleted nobody does anything.
func (p *People) whenThere(key apiserver.Key, do func(id string), tries int) {
	id := ""
	live := p.w.API.Find(key)
	switch o := live.(type) {
	case *v1alpha1.VirtualCard:
		id = o.Status.ID
	case *v1alpha1.Budget:
		id = o.Status.ID
	}
	if live != nil && live.GetDeletionTimestamp() != nil {
		id = ""
	}
	switch {
	case id != "":
		do(id)
	case p.Wished[key] != nil && tries < 1000:
		p.w.After(15*time.Second, func() { p.whenThere(key, do, tries+1) })
	}
}

// deleteNamespace deletes everything in it, as the namespace controller does: in no order
// that anybody should count on.
func (p *People) deleteNamespace(Action) {
	for _, kind := range []apiserver.Kind{"CardIssuer", "VirtualCard", "Withdrawal", "Budget", "Beneficiary", "Secret"} {
		for _, o := range p.w.API.All(kind) {
			p.delete(apiserver.KeyOf(o))
		}
	}
}

func (p *People) foreignSecret(a Action) {
	p.Foreign[a.Name] = a.Value
	p.create(&corev1.Secret{ObjectMeta: meta(a.Name), Data: map[string][]byte{"pan": []byte(a.Value)}, Type: corev1.SecretTypeOpaque})
}

// rebuild is a cluster that was lost and made again from the manifests: everything goes
// without a goodbye, and comes again with another UID and no status.
func (p *People) rebuild(Action) {
	for _, kind := range ledgerKinds {
		for _, o := range p.w.API.All(kind) {
			bare, ok := o.DeepCopyObject().(client.Object)
			if !ok {
				continue
			}
			bare.SetFinalizers(nil)
			_, _ = p.w.API.Update(bare)
			_ = p.w.API.Delete(apiserver.KeyOf(o), "")
		}
	}
	p.w.After(issuingLag, func() {
		for _, kind := range ledgerKinds {
			for _, wished := range sorted(p.Wished, kind) {
				p.create(wished)
			}
		}
	})
}

// issuingLag is what docs/money-safety.md asks to wait for before manifests are applied to
// a new cluster.
const issuingLag = 2 * time.Minute

func sorted(wished map[apiserver.Key]client.Object, kind apiserver.Kind) []client.Object {
	var list []client.Object
	for key, o := range wished {
		if key.Kind == kind {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, apiserver.ByName)
	return list
}
