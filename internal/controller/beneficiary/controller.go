// Package beneficiary reconciles Beneficiaries: it finds or registers the payee at the
// issuer and reports whether it may be paid.
package beneficiary

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Reconciler reconciles Beneficiaries.
type Reconciler struct {
	*engine.Engine
	Accounts account.Finder
	// Secrets reads Secrets from the API server itself.
	Secrets client.Reader
}

// round is one synchronisation of one beneficiary.
type round struct {
	*Reconciler
	payee     *v1alpha1.Beneficiary
	account   *account.Account
	suspended bool
	order     issuer.ReceiverOrder
}

// Sync brings a beneficiary as far as it can be brought now. Issuers have no call to
// remove a payee, so deleting one changes nothing there.
func (r *Reconciler) Sync(ctx context.Context, payee *v1alpha1.Beneficiary) (time.Duration, error) {
	if payee.DeletionTimestamp != nil {
		return 0, r.remove(ctx, payee)
	}
	rd, err := r.open(ctx, payee)
	if err != nil {
		return 0, err
	}
	remote, err := rd.find(ctx)
	if err != nil {
		rd.doubt(err)
		return 0, err
	}
	payee.Status.ID, payee.Status.State = remote.ID, string(remote.State)
	payee.Status.SettlingSince = nil // what was found need not be waited for
	if err := decide(remote.State, rd.poll()); err != nil {
		return 0, err
	}
	engine.OK(payee, v1alpha1.ConditionReady, v1alpha1.ReasonPassed, "the issuer accepts payments to this beneficiary")
	return engine.Spread(rd.account.SyncInterval, payee.UID), nil
}

func (r *Reconciler) open(ctx context.Context, payee *v1alpha1.Beneficiary) (*round, error) {
	payee.Status.Plan = nil
	r.NoteLostStatus(payee)
	acct, err := r.Accounts.For(ctx, payee)
	if err != nil {
		return nil, err
	}
	if !acct.Has(issuer.FeatureBeneficiaries) {
		return nil, engine.Stall(v1alpha1.ReasonUnsupported, "%s has no beneficiaries", acct.Issuer.Capabilities().Name)
	}
	number, err := r.accountNumber(ctx, payee)
	if err != nil {
		return nil, err
	}
	rd := &round{Reconciler: r, payee: payee, account: acct, suspended: payee.Spec.Suspend || acct.Suspended}
	rd.order = orderOf(payee.Spec, number)
	engine.ShowSuspended(payee, rd.suspended)
	return rd, nil
}

// accountNumber takes the account number from the spec or from a Secret of the same
// namespace.
func (r *Reconciler) accountNumber(ctx context.Context, payee *v1alpha1.Beneficiary) (issuer.Sensitive, error) {
	from := payee.Spec.AccountNumberFrom
	if from == nil {
		return issuer.NewSensitive(payee.Spec.AccountNumber), nil
	}
	var secret corev1.Secret
	err := r.Secrets.Get(ctx, types.NamespacedName{Namespace: payee.Namespace, Name: from.Name}, &secret)
	if client.IgnoreNotFound(err) != nil {
		return issuer.Sensitive{}, err
	}
	number := secret.Data[from.Key]
	if apierrors.IsNotFound(err) || len(number) == 0 {
		return issuer.Sensitive{}, engine.Poll(10*time.Second, v1alpha1.ReasonInvalidSpec,
			"spec.accountNumberFrom: Secret %q has no key %q: create it", from.Name, from.Key)
	}
	return issuer.NewSensitive(string(number)), nil
}

// poll looks often while the issuer reviews a new payee, and then less often.
func (rd *round) poll() time.Duration {
	age := rd.Clock.Now().Sub(rd.payee.CreationTimestamp.Time)
	return min(max(age/4, rd.account.Timing.Poll), rd.account.SyncInterval)
}

// decide says what a payee's state means; it is a pure function.
func decide(state issuer.ReceiverState, poll time.Duration) error {
	switch state {
	case issuer.ReceiverPassed:
		return nil
	case issuer.ReceiverPending:
		return engine.Poll(poll, v1alpha1.ReasonPending, "the issuer is reviewing this beneficiary")
	case issuer.ReceiverRequest:
		return engine.Stall(v1alpha1.ReasonFailed, "the issuer asks for more information about this beneficiary; answer in its portal, or make another Beneficiary with the missing fields")
	default:
		return engine.Stall(v1alpha1.ReasonFailed, "the issuer has refused or withdrawn this beneficiary (state %s); make another one with corrected details", state)
	}
}

// find returns the payee at the issuer, registering it if there is none.
func (rd *round) find(ctx context.Context) (issuer.Receiver, error) {
	since := engine.Since(ctx, rd.Clock.Now(), rd.account.Timing.Poll)
	if rd.payee.Status.State == string(issuer.ReceiverPassed) {
		since = engine.Since(ctx, rd.Clock.Now(), rd.account.SyncInterval)
	}
	if rd.payee.Status.Intent == nil {
		remote, found, err := rd.match(ctx, since)
		if err != nil || found {
			return remote, err
		}
		if rd.payee.Status.ID != "" {
			return rd.known(ctx)
		}
	}
	return rd.register(ctx)
}

// known looks for a payee that the picture in hand does not show. Another process may have
// registered it since that was taken, so only a picture of now can say that it is gone.
func (rd *round) known(ctx context.Context) (issuer.Receiver, error) {
	remote, found, err := rd.match(ctx, rd.Clock.Now())
	if err == nil && !found {
		err = engine.Stall(v1alpha1.ReasonMissing, "the issuer no longer lists beneficiary %s; make another one", rd.payee.Status.ID)
	}
	return remote, err
}

func (rd *round) match(ctx context.Context, since time.Time) (issuer.Receiver, bool, error) {
	rows, err := rd.account.Mirror.Receivers(ctx, rd.order.Currency, since)
	if err != nil {
		return issuer.Receiver{}, false, err
	}
	choice := Choose(rows, rd.order, rd.payee.Status.ID, wordIn(rd.payee.Annotations))
	switch {
	case choice.Likeness == Unclear:
		return issuer.Receiver{}, false, engine.Every(rd.poll(), rd.askWhich(choice.Doubtful))
	case choice.Likeness == Same && Changed(choice.Row, rd.order):
		return issuer.Receiver{}, false, engine.Every(rd.account.SyncInterval, rd.changed(choice.Row))
	}
	return choice.Row, choice.Likeness == Same, nil
}

// askWhich asks a person about payees that may be this one. Nothing is registered
// meanwhile, because it may be there; nothing is paid, because it may be another.
func (rd *round) askWhich(doubtful []string) error {
	ids := strings.Join(doubtful, ",")
	command := fmt.Sprintf("kubectl -n %s annotate --overwrite beneficiary %s %s=%s=happened", rd.payee.Namespace, rd.payee.Name, v1alpha1.AnnotationSettle, doubtful[0])
	return engine.Ask(v1alpha1.ReasonNeedsDecision, engine.Question{Intent: rd.about(ids), Command: command, Detail: "payees that may be this one: " + ids},
		"the issuer lists %s under this name and shows too little of its bank account to tell that it is this one. Ask the issuer, then say: %s (naming the one that it is), or %s=never, which registers it",
		ids, command, ids)
}

// about is what a question about payees is about: the registration under way, or that of ids.
func (rd *round) about(ids string) v1alpha1.Intent {
	if in := rd.payee.Status.Intent; in != nil {
		return *in
	}
	return v1alpha1.Intent{ID: ids, Action: v1alpha1.ActionCreate}
}

// changed says that a known payee is no longer what the manifest describes. The spec
// cannot change, a Secret can.
func (rd *round) changed(remote issuer.Receiver) error {
	what := "the spec"
	if from := rd.payee.Spec.AccountNumberFrom; from != nil {
		what = fmt.Sprintf("key %q of Secret %q", from.Key, from.Name)
	}
	return engine.Stall(v1alpha1.ReasonConflict,
		"%s was registered with another bank account than %s has now, and payees cannot be changed: put the old account number back, or make another Beneficiary", remote.ID, what)
}

// doubt takes back that the payee may be paid, when a person has to say which it is.
// Withdrawals go by the state.
func (rd *round) doubt(err error) {
	if !engine.IsWrite(err) && engine.Explain(err).Severity == engine.Stalled {
		rd.payee.Status.State = ""
	}
}

// register creates the payee. The issuer stores no id of ours with it, so it is
// recognised by what it is: the same name and bank account are the same payee.
func (rd *round) register(ctx context.Context) (issuer.Receiver, error) {
	pursuit, err := rd.Pursue(ctx, rd.payee, rd.effect())
	if err != nil {
		return issuer.Receiver{}, err
	}
	remote, found, err := rd.match(ctx, time.Time{})
	if err == nil && !found {
		err = engine.Stall(v1alpha1.ReasonNeedsDecision, "settled as happened, but the issuer does not list %s; clear the annotation %s", pursuit.Sighting.Reference, v1alpha1.AnnotationSettle)
	}
	return remote, err
}

// effect is the registration.
func (rd *round) effect() engine.Effect {
	token := id.Token(rd.account.OwnerID, "Beneficiary", rd.payee.Namespace, rd.payee.Name, 0)
	return engine.Effect{
		Intent:    v1alpha1.Intent{ID: id.Creation(token), Action: v1alpha1.ActionCreate},
		What:      fmt.Sprintf("register the %s account of %s as a beneficiary", rd.order.Currency, rd.order.LastName),
		Promise:   rd.account.Creation(issuer.CallCreateReceiver),
		Suspended: rd.suspended,
		Unwanted:  rd.payee.DeletionTimestamp != nil,
		Look: func(ctx context.Context, since time.Time) (engine.Sighting, error) {
			remote, found, err := rd.match(ctx, since)
			if err != nil || !found {
				return engine.Sighting{Presence: engine.Absent}, err
			}
			return engine.Sighting{Presence: engine.Happened, Reference: remote.ID}, nil
		},
		Send: func(ctx context.Context, permit issuer.Permit) error {
			made, err := rd.account.Issuer.CreateReceiver(ctx, permit, rd.order)
			if err == nil {
				// The answer's id tells it from all others, however little the list shows.
				rd.payee.Status.ID = made.ID
			}
			return err
		},
	}
}
