package account

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Listener returns who verifies the webhooks of a CardIssuer; nil where there is no such
// CardIssuer, or where its issuer sends none. It makes no request to the issuer and shares
// no connection, so every replica may ask.
func (r *Registry) Listener(ctx context.Context, key types.NamespacedName) (issuer.Listener, error) {
	var ci v1alpha1.CardIssuer
	if err := r.Client.Get(ctx, key, &ci); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	creds, err := readCredentials(ctx, r.Secrets, &ci)
	if err != nil {
		return nil, err
	}
	adapter, err := r.Dial(&ci, creds, timingOf(&ci))
	if err != nil || !adapter.Capabilities().Has(issuer.FeatureWebhooks) {
		return nil, err
	}
	return adapter, nil
}

// Users returns those of the cards whose namespaces may use a CardIssuer.
func (r *Registry) Users(ctx context.Context, key types.NamespacedName, cards []v1alpha1.VirtualCard) ([]v1alpha1.VirtualCard, error) {
	var ci v1alpha1.CardIssuer
	if err := r.Client.Get(ctx, key, &ci); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	var users []v1alpha1.VirtualCard
	for _, card := range cards {
		allowed, err := r.allows(ctx, &ci, card.Namespace)
		if err != nil {
			return nil, err
		}
		if allowed {
			users = append(users, card)
		}
	}
	return users, nil
}
