package virtualcard

import (
	"context"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// keepSecret keeps the card Secret as spec.secret asks, and returns when it is due
// again.
func (rd *round) keepSecret(ctx context.Context) (time.Time, error) {
	st, wanted := &rd.card.Status, rd.card.Spec.Secret
	name := secretName(rd.card)
	if st.SecretName != "" && st.SecretName != name {
		if err := rd.keepOnly(ctx, rd.card, name); err != nil {
			return time.Time{}, err
		}
	}
	if wanted == nil {
		engine.Drop(rd.card, v1alpha1.ConditionSecretReady)
		return time.Time{}, nil
	}
	version, err := rd.Secrets.Version(ctx, rd.card, name, knownVersion(st.Secret))
	if err != nil {
		return time.Time{}, err
	}
	due, next := cardsecret.Decide(*wanted, st.Secret, version, rd.card.Annotations[v1alpha1.AnnotationReconcileAt], rd.Clock.Now())
	if err := rd.doSecret(ctx, name, due); err != nil {
		return time.Time{}, err
	}
	if due != cardsecret.DueNothing {
		_, next = cardsecret.Decide(*wanted, st.Secret, knownVersion(st.Secret), "", rd.Clock.Now())
	}
	rd.saySecret(name)
	return next, nil
}

func (rd *round) doSecret(ctx context.Context, name string, due cardsecret.Due) error {
	switch due {
	case cardsecret.DueWrite:
		return rd.writeSecret(ctx, name)
	case cardsecret.DueEmpty:
		return rd.emptySecret(ctx, name)
	default:
		return nil
	}
}

func (rd *round) writeSecret(ctx context.Context, name string) error {
	content, until, err := rd.fetch(ctx)
	if err != nil {
		return err
	}
	version, err := rd.Secrets.Write(ctx, rd.card, name, content)
	if err != nil {
		return err
	}
	now := metav1.NewTime(rd.Clock.Now().Truncate(time.Second))
	st := &rd.card.Status
	written := v1alpha1.CardSecretStatus{
		ResourceVersion: version, Request: cardsecret.Digest(*rd.card.Spec.Secret), WrittenAt: &now,
		AskedBy: rd.card.Annotations[v1alpha1.AnnotationReconcileAt], AskedAt: &now,
	}
	if !until.IsZero() {
		written.ValidUntil = &metav1.Time{Time: until.Truncate(time.Second)}
	}
	if !cardsecret.Asked(*rd.card.Spec.Secret, st.Secret) {
		written.AskedAt, written.AskedBy = st.Secret.AskedAt, st.Secret.AskedBy
	}
	st.SecretName, st.Secret = name, &written
	return nil
}

func (rd *round) emptySecret(ctx context.Context, name string) error {
	version, err := rd.Secrets.Write(ctx, rd.card, name, nil)
	if err != nil {
		return err
	}
	rd.card.Status.SecretName = name
	rd.card.Status.Secret.ResourceVersion = version
	rd.card.Status.Secret.Expired = true
	rd.card.Status.Secret.AskedBy = rd.card.Annotations[v1alpha1.AnnotationReconcileAt]
	return nil
}

// emptyIfExpired empties a Secret whose time is over although something else keeps the
// card from being worked with; it needs no issuer.
func (r *Reconciler) emptyIfExpired(ctx context.Context, card *v1alpha1.VirtualCard) {
	name := secretName(card)
	if name == "" || card.Status.Secret == nil || card.Status.SecretName != name {
		return
	}
	due, _ := cardsecret.Decide(*card.Spec.Secret, card.Status.Secret, card.Status.Secret.ResourceVersion, "", r.Clock.Now())
	if due != cardsecret.DueEmpty {
		return
	}
	rd := &round{Reconciler: r, card: card}
	if err := rd.emptySecret(ctx, name); err == nil {
		rd.saySecret(name)
	}
}

// fetch reads what the Secret is to hold from the issuer, and until when that is right;
// zero means for good.
func (rd *round) fetch(ctx context.Context) (cardsecret.Content, time.Time, error) {
	holder, st := rd.nameOnCard(), rd.card.Status
	if rd.card.Spec.Secret.Mode == v1alpha1.SecretModeFingerprint {
		fingerprint, err := rd.account.Issuer.CardFingerprint(ctx, rd.remote.ID)
		if err != nil {
			return nil, time.Time{}, err
		}
		return cardsecret.FromFingerprint(fingerprint, st.LastFour, holder, st.Network), time.Time{}, nil
	}
	lastFour, err := rd.lastFour(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	secrets, err := rd.account.Issuer.RevealCard(ctx, rd.remote.ID)
	if err != nil {
		return nil, time.Time{}, rd.orFingerprint(err)
	}
	bin := ""
	if rd.account.Issuer.Capabilities().NumbersBeginWithBIN {
		bin = st.BIN
	}
	if err := cardsecret.Check(secrets, lastFour, bin); err != nil {
		return nil, time.Time{}, err
	}
	return cardsecret.FromCard(secrets, holder, st.Network), rd.validUntil(secrets.ValidUntil), nil
}

// lastFour are the digits that a revealed number is checked against. Where no list has told them
// the card is read alone; the status has them once a list does.
func (rd *round) lastFour(ctx context.Context) (string, error) {
	if rd.remote.LastFour != "" {
		return rd.remote.LastFour, nil
	}
	card, err := rd.account.Issuer.GetCard(ctx, rd.remote.ID)
	return card.LastFour, err
}

// nameOnCard is who the card is for; of one whose spec names nobody, as the issuer has it.
func (rd *round) nameOnCard() string {
	if h := rd.card.Spec.Cardholder; h != nil {
		return h.FirstName + " " + h.LastName
	}
	return rd.remote.Holder
}

// orFingerprint adds to a refusal to show the number what an account without PCI access does.
// How an issuer words it is not documented; a failed login, which has no status, is none.
func (rd *round) orFingerprint(err error) error {
	var e *issuer.Error
	if !errors.As(err, &e) || !rd.account.Has(issuer.FeatureFingerprint) {
		return err
	}
	switch {
	case e.Class == issuer.Forbidden, e.Class == issuer.Invalid, e.Class == issuer.Unauthorized && e.Status != 0:
		problem := *engine.Explain(err)
		problem.Message += ". An account without PCI access uses spec.secret.mode: Fingerprint"
		return &problem
	}
	return err
}

// doubtfulCVV is how long a code is believed whose issuer renews codes and does not say when.
const doubtfulCVV = 24 * time.Hour

// validUntil is until when a card's code is right; zero means for good. What the issuer tells is
// only presumed to be that, so a code that the spec wants renewed is asked for after that
// interval at the latest.
func (rd *round) validUntil(told time.Time) time.Time {
	asked := rd.card.Spec.CVVRotationInterval
	switch {
	case !rd.account.Has(issuer.FeatureCVVRotation) || !told.IsZero() && asked == nil:
		return told
	case told.IsZero():
		told = rd.Clock.Now().Add(doubtfulCVV)
	}
	if asked != nil && rd.Clock.Now().Add(asked.Duration).Before(told) {
		return rd.Clock.Now().Add(asked.Duration)
	}
	return told
}

func (rd *round) saySecret(name string) {
	if rd.card.Status.Secret != nil && rd.card.Status.Secret.Expired {
		engine.OK(rd.card, v1alpha1.ConditionSecretReady, v1alpha1.ReasonExpired,
			"Secret "+name+" was emptied after spec.secret.expireAfter; annotate "+v1alpha1.AnnotationReconcileAt+" to ask for it again")
		return
	}
	engine.OK(rd.card, v1alpha1.ConditionSecretReady, v1alpha1.ReasonWritten, "Secret "+name+" can be mounted")
}

// dropSecret removes the Secret of a card that can no longer pay.
func (rd *round) dropSecret(ctx context.Context) {
	_ = rd.Secrets.RemoveOTP(ctx, rd.card) // it ends by itself within minutes
	_ = rd.keepOnly(ctx, rd.card, "")      // the next round begins with it
}

// tidySecrets removes the card's Secrets that nobody asks for. It comes before everything
// that may hold a round up, and does not rely on the status: one that could not be saved
// does not know what was written.
func (r *Reconciler) tidySecrets(ctx context.Context, card *v1alpha1.VirtualCard) error {
	if card.Status.State == string(issuer.StateInactive) {
		return r.keepOnly(ctx, card, "")
	}
	return r.keepOnly(ctx, card, secretName(card))
}

// keepOnly removes every Secret of the card but the one of the given name.
func (r *Reconciler) keepOnly(ctx context.Context, card *v1alpha1.VirtualCard, name string) error {
	if err := r.Secrets.Tidy(ctx, card, name); err != nil {
		return err
	}
	st := &card.Status
	if st.SecretName == "" || st.SecretName == name {
		return nil
	}
	if err := r.Secrets.Remove(ctx, card, st.SecretName); err != nil { // the cache may not have it yet
		return err
	}
	st.SecretName, st.Secret = "", nil
	engine.Drop(card, v1alpha1.ConditionSecretReady)
	return nil
}

func secretName(card *v1alpha1.VirtualCard) string {
	switch {
	case card.Spec.Secret == nil:
		return ""
	case card.Spec.Secret.Name != "":
		return card.Spec.Secret.Name
	default:
		return card.Name
	}
}

func knownVersion(written *v1alpha1.CardSecretStatus) string {
	if written == nil {
		return ""
	}
	return written.ResourceVersion
}
