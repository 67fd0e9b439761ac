package account

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Keys of a credentials Secret.
const (
	KeyClientID     = "clientId"
	KeyClientSecret = "clientSecret"
	KeyAccessToken  = "accessToken"
	KeyAPIKey       = "apiKey"
	KeyPrivateKey   = "privateKey"
	KeyWebhookKey   = "webhookPublicKey"
)

// Credentials are what an adapter logs in with: a client id and secret, or a token; for QI
// Tech a key pair.
type Credentials struct {
	ClientID     issuer.Sensitive
	ClientSecret issuer.Sensitive
	AccessToken  issuer.Sensitive
	APIKey       issuer.Sensitive
	PrivateKey   issuer.Sensitive
	// WebhookPublicKey is the issuer's, for issuers that sign webhooks with one.
	WebhookPublicKey issuer.Sensitive
	// Version changes whenever the Secret does.
	Version string
}

// readCredentials reads a CardIssuer's Secret from the API server itself: no Secret
// data is ever in a cache.
func readCredentials(ctx context.Context, reader client.Reader, ci *v1alpha1.CardIssuer) (Credentials, error) {
	var secret corev1.Secret
	key := types.NamespacedName{Namespace: ci.Namespace, Name: ci.Spec.CredentialsRef.Name}
	if err := reader.Get(ctx, key, &secret); err != nil {
		if apierrors.IsNotFound(err) {
			return Credentials{}, missing("Secret %q in namespace %q does not exist: create it with the keys %s", key.Name, key.Namespace, neededKeys(ci.Spec))
		}
		return Credentials{}, err
	}
	creds := Credentials{
		ClientID:         valueOf(secret, KeyClientID),
		ClientSecret:     valueOf(secret, KeyClientSecret),
		AccessToken:      valueOf(secret, KeyAccessToken),
		APIKey:           valueOf(secret, KeyAPIKey),
		PrivateKey:       valueOf(secret, KeyPrivateKey),
		WebhookPublicKey: valueOf(secret, KeyWebhookKey),
		Version:          string(secret.UID) + "/" + secret.ResourceVersion,
	}
	if !creds.complete(ci.Spec) {
		return Credentials{}, missing("Secret %q in namespace %q needs the keys %s", key.Name, key.Namespace, neededKeys(ci.Spec))
	}
	return creds, nil
}

// complete reports whether there is what the issuer's login takes.
func (c Credentials) complete(spec v1alpha1.CardIssuerSpec) bool {
	switch {
	case spec.QITech != nil:
		return !c.APIKey.IsZero() && !c.PrivateKey.IsZero()
	case spec.Interlace != nil && c.ClientSecret.IsZero():
		return false // it is the key of card numbers and webhooks, whatever the login
	default:
		return !c.AccessToken.IsZero() || !c.ClientID.IsZero() && !c.ClientSecret.IsZero()
	}
}

func neededKeys(spec v1alpha1.CardIssuerSpec) string {
	switch {
	case spec.QITech != nil:
		return KeyAPIKey + " and " + KeyPrivateKey
	case spec.Interlace != nil:
		return KeyClientID + " and " + KeyClientSecret + ", or " + KeyAccessToken + " and " + KeyClientSecret
	default:
		return KeyClientID + " and " + KeyClientSecret + ", or " + KeyAccessToken
	}
}

func valueOf(secret corev1.Secret, key string) issuer.Sensitive {
	return issuer.NewSensitive(string(secret.Data[key]))
}

// isMissing: there are no credentials, as opposed to an API server that could not say.
func isMissing(err error) bool {
	return engine.Explain(err).Reason == v1alpha1.ReasonCredentialsMissing
}

func missing(format string, args ...any) error {
	problem := engine.Stall(v1alpha1.ReasonCredentialsMissing, format, args...)
	problem.After = credentialsPoll
	problem.Severity = engine.Refused
	return problem
}
