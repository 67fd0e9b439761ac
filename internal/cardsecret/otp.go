package cardsecret

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// One-time codes of 3-D Secure live in a Secret of their own, for minutes.
const (
	// OTPSecretType is the type of a Secret with a one-time code.
	OTPSecretType corev1.SecretType = "card-operator.io/otp"
	// AnnotationExpiresAt says when a one-time code ends, in RFC 3339.
	AnnotationExpiresAt = "card-operator.io/expires-at"
	// AnnotationNotice has digests of the messages that the latest codes came with, the
	// latest first, so that the same message writes once whichever replica receives it, and
	// an old one that is sent again does not replace a newer code.
	AnnotationNotice = "card-operator.io/notice"

	// FieldOTP and FieldExpiresAt are the keys of such a Secret.
	FieldOTP       = "otp"
	FieldExpiresAt = "expiresAt"

	// DefaultOTPLifetime is how long a code is kept whose issuer names no end.
	DefaultOTPLifetime = 5 * time.Minute
	// MaxOTPLifetime is how long a code is kept at most, whatever its issuer says.
	MaxOTPLifetime = 15 * time.Minute

	// LabelOTP marks a Secret with a one-time code.
	LabelOTP = "card-operator.io/one-time-code"

	// maxNotices is how many messages a Secret remembers.
	maxNotices = 8
	otpSuffix  = "-otp"
	maxName    = 253
	maxOTPSize = 64
)

// OTP is a one-time code on its way into a Secret.
type OTP struct {
	Code issuer.Sensitive
	// Expires is what OTPExpiry says.
	Expires time.Time
	// NoticeID is the id of the message that it came with.
	NoticeID string
}

// OTPExpiry is when a code that comes now ends, by what the issuer names (zero: nothing).
// It is false for one that has ended.
func OTPExpiry(named, now time.Time) (time.Time, bool) {
	latest := now.Add(MaxOTPLifetime)
	switch {
	case named.IsZero():
		return now.Add(DefaultOTPLifetime), true
	case !named.After(now):
		return time.Time{}, false
	case named.After(latest):
		return latest, true
	default:
		return named, true
	}
}

// WantsOTP reports whether a card's owner asked for one-time codes.
func WantsOTP(card *v1alpha1.VirtualCard) bool {
	return card.Spec.Secret != nil && card.Spec.Secret.OTP
}

// OTPSecretName is the Secret that a card's one-time codes are written to.
func OTPSecretName(card *v1alpha1.VirtualCard) string {
	if card.Spec.Secret != nil && card.Spec.Secret.Name != "" {
		return otpNameBeside(card.Spec.Secret.Name)
	}
	return otpNameBeside(card.Name)
}

// otpNameBeside is the name beside a card Secret. A name that has no room for the suffix is
// cut, and told from its neighbours by a digest.
func otpNameBeside(cardSecret string) string {
	if len(cardSecret)+len(otpSuffix) <= maxName {
		return cardSecret + otpSuffix
	}
	mark := "-" + shortDigest(cardSecret) + otpSuffix
	return cardSecret[:maxName-len(mark)] + mark
}

// ExpiresAt is when the one-time code in a Secret ends. It is false for a Secret that holds
// none: every other one.
func ExpiresAt(meta metav1.Object) (time.Time, bool) {
	text, marked := meta.GetAnnotations()[AnnotationExpiresAt]
	if !marked {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, true // somebody has edited it: it ended long ago
	}
	return at, true
}

// WriteOTP writes a one-time code beside the card's Secret, in place of an older one. A
// Secret that is not this card's, or holds something else, is a Conflict and left alone. A
// message that was written before is not written again. No error holds the code.
func (k *Keeper) WriteOTP(ctx context.Context, card *v1alpha1.VirtualCard, otp OTP) error {
	name := OTPSecretName(card)
	if size := otp.Code.Len(); size == 0 || size > maxOTPSize {
		return &issuer.Error{Class: issuer.Malformed, Op: opWriteOTP, Message: "the code is empty or longer than 64 bytes"}
	}
	present, err := k.read(ctx, card.Namespace, name)
	if err != nil {
		return err
	}
	if present != nil && !holdsOTPOf(present, card.UID) {
		return otpTaken(name)
	}
	notices := []string{shortDigest(otp.NoticeID)}
	if present != nil {
		earlier := strings.Split(present.Annotations[AnnotationNotice], ",")
		if slices.Contains(earlier, notices[0]) {
			return nil
		}
		notices = append(notices, earlier[:min(len(earlier), maxNotices-1)]...)
	}
	secret := otpSecret(card, name, otp, notices)
	if present != nil {
		secret = secret.WithUID(present.UID)
	}
	err = k.Client.Apply(ctx, secret, client.FieldOwner(fieldManager), client.ForceOwnership)
	if apierrors.IsInvalid(err) {
		return otpTaken(name) // somebody took the name after the look
	}
	return err
}

const opWriteOTP = "write one-time code"

func otpTaken(name string) error {
	return &issuer.Error{Class: issuer.Conflict, Op: opWriteOTP,
		Message: "Secret " + name + " exists and holds no one-time code of this VirtualCard; it was left as it is. Choose another spec.secret.name or remove that Secret"}
}

func otpSecret(card *v1alpha1.VirtualCard, name string, otp OTP, notices []string) *applycorev1.SecretApplyConfiguration {
	ends := otp.Expires.UTC().Format(time.RFC3339)
	return applycorev1.Secret(name, card.Namespace).WithType(OTPSecretType).
		WithLabels(map[string]string{v1alpha1.LabelManagedBy: "true", LabelOTP: "true"}).
		WithAnnotations(map[string]string{AnnotationExpiresAt: ends, AnnotationNotice: strings.Join(notices, ",")}).
		WithOwnerReferences(controlledBy(card)).
		WithData(map[string][]byte{FieldOTP: []byte(otp.Code.Reveal()), FieldExpiresAt: []byte(ends)})
}

func controlledBy(card *v1alpha1.VirtualCard) *applymetav1.OwnerReferenceApplyConfiguration {
	gvk := v1alpha1.GroupVersion.WithKind("VirtualCard")
	return applymetav1.OwnerReference().WithAPIVersion(gvk.GroupVersion().String()).WithKind(gvk.Kind).
		WithName(card.Name).WithUID(card.UID).WithController(true).WithBlockOwnerDeletion(true)
}

// TidyOTP removes a one-time code that has ended or is no longer asked for, under the
// card's present name for it and its previous one, and returns when the next one ends
// (zero: there is none). It asks the cache first, so that it costs nothing where there is
// no code.
func (k *Keeper) TidyOTP(ctx context.Context, card *v1alpha1.VirtualCard, now time.Time) (time.Time, error) {
	current := OTPSecretName(card)
	if previous := card.Status.SecretName; previous != "" && otpNameBeside(previous) != current {
		if _, err := k.tidy(ctx, card, otpNameBeside(previous), func(time.Time) bool { return true }); err != nil {
			return time.Time{}, err
		}
	}
	return k.tidy(ctx, card, current, func(ends time.Time) bool { return !WantsOTP(card) || !ends.After(now) })
}

func (k *Keeper) tidy(ctx context.Context, card *v1alpha1.VirtualCard, name string, over func(time.Time) bool) (time.Time, error) {
	cached := Metadata()
	err := k.Client.Get(ctx, types.NamespacedName{Namespace: card.Namespace, Name: name}, cached)
	if err != nil {
		return time.Time{}, client.IgnoreNotFound(err)
	}
	ends, _ := ExpiresAt(cached)
	if !holdsOTPOf(cached, card.UID) {
		return time.Time{}, nil
	}
	if !over(ends) {
		return ends, nil
	}
	return k.removeOTP(ctx, card, name, over)
}

// RemoveOTP removes a card's one-time code, whatever its end: the card is closed. Any other
// Secret under that name is left alone.
func (k *Keeper) RemoveOTP(ctx context.Context, card *v1alpha1.VirtualCard) error {
	_, err := k.removeOTP(ctx, card, OTPSecretName(card), func(time.Time) bool { return true })
	return err
}

// removeOTP deletes exactly what it has judged: a code that was written meanwhile makes the
// API server refuse, and stays.
func (k *Keeper) removeOTP(ctx context.Context, card *v1alpha1.VirtualCard, name string, over func(time.Time) bool) (time.Time, error) {
	meta, err := k.read(ctx, card.Namespace, name)
	if err != nil || meta == nil || !holdsOTPOf(meta, card.UID) {
		return time.Time{}, err
	}
	if ends, _ := ExpiresAt(meta); !over(ends) {
		return ends, nil
	}
	uid, version := meta.UID, meta.ResourceVersion
	err = k.Client.Delete(ctx, meta, client.Preconditions{UID: &uid, ResourceVersion: &version})
	return time.Time{}, client.IgnoreNotFound(err)
}

// holdsOTPOf: the Secret is this card's and is one for a code, not the one with its number.
func holdsOTPOf(meta *metav1.PartialObjectMetadata, uid types.UID) bool {
	_, marked := ExpiresAt(meta)
	return marked && ownedBy(meta, uid)
}

func shortDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
