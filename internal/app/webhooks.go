package app

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/cardsecret"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/webhook"
)

// servesWebhooks: an address of "0" serves none, as with metrics.
func (o Options) servesWebhooks() bool { return o.WebhookAddress != "" && o.WebhookAddress != "0" }

// webhookPath is what a CardIssuer's status says; nil where no webhooks are served.
func (o Options) webhookPath() func(*v1alpha1.CardIssuer) string {
	if !o.servesWebhooks() {
		return nil
	}
	return func(ci *v1alpha1.CardIssuer) string { return webhook.Path(ci.Namespace, ci.Name) }
}

// addWebhooks serves webhooks from every replica, leader or not.
func addWebhooks(ctx context.Context, mgr ctrl.Manager, o Options, world World) error {
	if !o.servesWebhooks() {
		return nil
	}
	// A replica that does not work yet keeps no CardIssuers: the first webhook would wait.
	if _, err := mgr.GetCache().GetInformer(ctx, &v1alpha1.CardIssuer{}); err != nil {
		return err
	}
	hinter := &webhook.Hinter{Client: world.Client, Clock: world.Clock}
	endpoint := &webhook.Endpoint{
		Address: o.WebhookAddress, CertFile: o.WebhookCertFile, KeyFile: o.WebhookKeyFile, Clock: world.Clock,
		Handler: webhookServer(world, hinter.Hint),
	}
	if err := mgr.Add(hinter); err != nil {
		return err
	}
	return mgr.Add(endpoint)
}

// webhookServer puts the server together with what it needs of the cluster.
func webhookServer(world World, hint func(types.NamespacedName)) *webhook.Server {
	accounts := &account.Registry{Client: world.Client, Secrets: world.Reader, Clock: world.Clock, Dial: world.Dial}
	keeper := &cardsecret.Keeper{Client: world.Client, Reader: world.Reader}
	courier := &webhook.Courier{
		Clock: world.Clock, Write: keeper.WriteOTP, Observe: observeCode,
		Find: holders{world.Client, accounts}.of,
		Complain: func(card *v1alpha1.VirtualCard, message string) {
			world.Events.Eventf(card, nil, corev1.EventTypeWarning, v1alpha1.EventCodeNotWritten, "Deliver", "%s", message)
		},
	}
	return webhook.NewServer(webhook.Options{
		Clock: world.Clock, Hint: hint, Deliver: courier.Deliver, Observe: observeWebhook,
		Lookup: func(ctx context.Context, ci types.NamespacedName) (issuer.Listener, error) {
			listener, err := accounts.Listener(ctx, ci)
			if listener == nil && err == nil {
				err = webhook.ErrUnknown
			}
			return listener, err
		},
	})
}

// holders finds the VirtualCards that stand for a card.
type holders struct {
	client.Reader
	accounts *account.Registry
}

func (h holders) of(ctx context.Context, ci types.NamespacedName, cardID string) ([]v1alpha1.VirtualCard, error) {
	var cards v1alpha1.VirtualCardList
	if err := h.List(ctx, &cards, client.MatchingFields{indexIssuer: ci.String()}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	return h.accounts.Users(ctx, ci, standingFor(cards.Items, cardID))
}

// standingFor copies those of the cache's cards that stand for one of the issuer's.
func standingFor(cards []v1alpha1.VirtualCard, cardID string) []v1alpha1.VirtualCard {
	var found []v1alpha1.VirtualCard
	for i := range cards {
		if cards[i].Status.ID == cardID {
			found = append(found, *cards[i].DeepCopy())
		}
	}
	return found
}
