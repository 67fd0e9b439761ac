package cardsecret

import (
	"context"
	"hash/crc32"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
)

// fieldManager owns what the operator writes into a card Secret.
const fieldManager = "card-operator"

// Kind is the kind of Secrets, for metadata-only watches.
var Kind = corev1.SchemeGroupVersion.WithKind("Secret")

// Keeper writes, empties and removes the Secrets of VirtualCards.
type Keeper struct {
	// Client writes; its cache holds only the metadata of the operator's own Secrets.
	Client client.Client
	// Reader reads metadata from the API server itself.
	Reader client.Reader
}

// Metadata returns an empty metadata-only Secret.
func Metadata() *metav1.PartialObjectMetadata {
	meta := &metav1.PartialObjectMetadata{}
	meta.SetGroupVersionKind(Kind)
	return meta
}

func metadataList() *metav1.PartialObjectMetadataList {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(Kind.GroupVersion().WithKind(Kind.Kind + "List"))
	return list
}

// Version returns the resourceVersion of a card's Secret, "" when there is none. The
// cache's word is taken only when it confirms the known version. It refuses with a
// Problem when the name is taken by a Secret of somebody else.
func (k *Keeper) Version(ctx context.Context, card *v1alpha1.VirtualCard, name, known string) (string, error) {
	if known != "" {
		cached := Metadata()
		err := k.Client.Get(ctx, types.NamespacedName{Namespace: card.Namespace, Name: name}, cached)
		if err == nil && cached.ResourceVersion == known && ownedBy(cached, card.UID) {
			return known, nil
		}
	}
	meta, err := k.mine(ctx, card, name)
	if meta == nil || err != nil {
		return "", err
	}
	return meta.ResourceVersion, nil
}

// Write applies the content with server-side apply and returns the resourceVersion. Two
// rules of Kubernetes back up the check before it: the type of a Secret cannot be
// changed, and an object has one controlling owner.
func (k *Keeper) Write(ctx context.Context, card *v1alpha1.VirtualCard, name string, content Content) (string, error) {
	mine, err := k.mine(ctx, card, name)
	if err != nil {
		return "", err
	}
	var keys map[string]v1alpha1.SecretKey
	if card.Spec.Secret != nil {
		keys = card.Spec.Secret.Keys
	}
	secret := applycorev1.Secret(name, card.Namespace).
		WithType(v1alpha1.CardSecretType).
		WithLabels(map[string]string{v1alpha1.LabelManagedBy: "true"}).
		WithOwnerReferences(applymetav1.OwnerReference().
			WithAPIVersion(v1alpha1.GroupVersion.String()).WithKind("VirtualCard").
			WithName(card.Name).WithUID(card.UID).WithController(true).WithBlockOwnerDeletion(true)).
		WithData(content.data(keys))
	if mine != nil {
		secret = secret.WithUID(mine.UID)
	}
	if err := k.Client.Apply(ctx, secret, client.FieldOwner(fieldManager), client.ForceOwnership); err != nil {
		if apierrors.IsInvalid(err) {
			return "", taken(name)
		}
		return "", err
	}
	if secret.ResourceVersion == nil {
		return k.Version(ctx, card, name, "")
	}
	return *secret.ResourceVersion, nil
}

// Remove deletes a card's Secret; one of somebody else is left alone.
func (k *Keeper) Remove(ctx context.Context, card *v1alpha1.VirtualCard, name string) error {
	if name == "" {
		return nil
	}
	meta, err := k.read(ctx, card.Namespace, name)
	if err != nil || meta == nil || !ownedBy(meta, card.UID) {
		return err
	}
	uid := meta.UID
	return client.IgnoreNotFound(k.Client.Delete(ctx, meta, client.Preconditions{UID: &uid}))
}

// IndexOwner is the field by which the cache finds the Secrets of an object, by the bucket of
// its UID: an index keeps a set for each value, and ten thousand sets of one Secret would take
// more room than what is known of the Secrets.
const IndexOwner = "metadata.ownerReferences"

// buckets is how many sets the index has at most.
const buckets = 512

// OwnerBucket is the value of IndexOwner for a Secret, "" for one that nobody owns.
func OwnerBucket(secret client.Object) string { return bucket(OwnerOf(secret)) }

func bucket(uid string) string {
	if uid == "" {
		return ""
	}
	return strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(uid))%buckets), 36)
}

// OwnerOf is the UID of the object that a Secret is of, "" for none.
func OwnerOf(secret client.Object) string {
	if owner := metav1.GetControllerOf(secret); owner != nil {
		return string(owner.UID)
	}
	return ""
}

// Tidy removes the card's Secrets of every other name than the wanted one, "" for all. It
// needs no status to know them, and asks the cache alone while there is nothing to remove. A
// one-time code is not one of them.
func (k *Keeper) Tidy(ctx context.Context, card *v1alpha1.VirtualCard, wanted string) error {
	list := metadataList()
	err := k.Client.List(ctx, list, client.InNamespace(card.Namespace), client.MatchingFields{IndexOwner: bucket(string(card.UID))}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return err
	}
	for i := range list.Items {
		secret := &list.Items[i]
		if OwnerOf(secret) != string(card.UID) || secret.Name == wanted || !holdsCard(secret) {
			continue
		}
		if err := k.Remove(ctx, card, secret.Name); err != nil {
			return err
		}
	}
	return nil
}

// holdsCard: the operator wrote the Secret, and not for a one-time code.
func holdsCard(secret *metav1.PartialObjectMetadata) bool {
	_, code := ExpiresAt(secret)
	return !code && secret.Labels[v1alpha1.LabelManagedBy] == "true" && secret.Labels[LabelOTP] == ""
}

// mine returns the metadata of the card's own Secret, nil when there is none.
func (k *Keeper) mine(ctx context.Context, card *v1alpha1.VirtualCard, name string) (*metav1.PartialObjectMetadata, error) {
	meta, err := k.read(ctx, card.Namespace, name)
	if err != nil || meta == nil {
		return nil, err
	}
	if !ownedBy(meta, card.UID) {
		return nil, taken(name)
	}
	return meta, nil
}

func (k *Keeper) read(ctx context.Context, namespace, name string) (*metav1.PartialObjectMetadata, error) {
	meta := Metadata()
	err := k.Reader.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, meta)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return meta, nil
}

func ownedBy(meta *metav1.PartialObjectMetadata, uid types.UID) bool {
	owner := metav1.GetControllerOf(meta)
	return owner != nil && owner.UID == uid
}

func taken(name string) error {
	// Looked at again soon at first: after an object was created again, the old one's
	// Secret goes by itself within seconds.
	problem := engine.Stall(v1alpha1.ReasonSecretTaken,
		"Secret %q exists and does not belong to this VirtualCard; it was left as it is. Choose another spec.secret.name or remove that Secret", name)
	problem.Severity = engine.Refused
	return problem
}
