package app

import (
	"net/http"
	"strings"
	"sync"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/interlace"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/qitech"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// pagesAhead is how many pages of one list are asked for at a time, so that a sweep of many
// pages does not take as many round trips. They share the account's pace like all calls.
const pagesAhead = 4

// Dialer returns the function that makes an adapter for a CardIssuer. Gates are kept per
// account, so that two CardIssuers of one account share its rate limit. network replaces
// the network in a simulation; nil means the network.
func Dialer(hosts transport.AllowList, c clock.Clock, network http.RoundTripper) account.Dial {
	gates := &gates{clock: c}
	return func(ci *v1alpha1.CardIssuer, creds account.Credentials, timing engine.Timing) (issuer.Issuer, error) {
		field, url := ci.Spec.BaseURL()
		if url == "" {
			return nil, engine.Stall(v1alpha1.ReasonInvalidSpec, "one of spec.qbit, spec.interlace and spec.qitech is required")
		}
		if err := hosts.Check(url); err != nil {
			return nil, engine.Stall(v1alpha1.ReasonHostNotAllowed, "%s: %s", field, err)
		}
		wire, err := transport.New(transport.Config{
			BaseURL: url, Allow: hosts, Gate: gates.of(ci), Clock: c, Timeout: timing.CallTimeout,
			Observe: observeCall, RoundTripper: network,
		})
		if err != nil {
			return nil, err
		}
		ahead := pagesAhead
		if network != nil {
			ahead = 1 // a simulation does one thing at a time
		}
		switch {
		case ci.Spec.Interlace != nil:
			return dialInterlace(ci.Spec.Interlace, creds, wire, ahead)
		case ci.Spec.QITech != nil:
			return dialQITech(ci.Spec.QITech, creds, wire)
		default:
			return dialQbit(ci.Spec.Qbit, creds, wire, ahead)
		}
	}
}

func dialInterlace(spec *v1alpha1.InterlaceIssuer, creds account.Credentials, wire *transport.Client, ahead int) (issuer.Issuer, error) {
	fields := map[string]string{}
	for name, text := range spec.CardholderFields {
		fields[name] = string(text)
	}
	return interlace.New(interlace.Config{
		HTTP:      wire,
		AccountID: spec.AccountID,
		Credentials: interlace.Credentials{
			ClientID: creds.ClientID.Reveal(), ClientSecret: creds.ClientSecret, AccessToken: creds.AccessToken,
		},
		Options: interlace.Options{PageSize: int(spec.PageSize), Ahead: ahead, RenameMethod: spec.RenameMethod, CardholderFields: fields},
	})
}

func dialQITech(spec *v1alpha1.QITechIssuer, creds account.Credentials, wire *transport.Client) (issuer.Issuer, error) {
	options := qitech.Options{PageSize: int(spec.PageSize), SignedURI: spec.SignedURI, WebhookURI: spec.WebhookURI}
	if interval := spec.CVVRotationInterval; interval != nil {
		options.CVVRotation = interval.Duration
	}
	return qitech.New(qitech.Config{
		HTTP: wire, AccountKey: spec.AccountKey, ProgramKey: spec.ProgramKey, Options: options,
		Credentials: qitech.Credentials{APIKey: creds.APIKey, PrivateKey: creds.PrivateKey, WebhookPublicKey: creds.WebhookPublicKey},
	})
}

func dialQbit(spec *v1alpha1.QbitIssuer, creds account.Credentials, wire *transport.Client, ahead int) (issuer.Issuer, error) {
	return qbit.New(qbit.Config{
		HTTP:      wire,
		AccountID: spec.AccountID,
		Credentials: qbit.Credentials{
			ClientID: creds.ClientID.Reveal(), ClientSecret: creds.ClientSecret, AccessToken: creds.AccessToken,
		},
		Options: qbit.Options{
			AccessTokenHeader: spec.AccessTokenHeader, PageSize: int(spec.PageSize), Ahead: ahead,
			BudgetOpening: string(spec.BudgetOpening), BudgetTransactionsByID: spec.BudgetTransactions == "OfBudget",
			TransferMethod: spec.TransferMethod, BalanceChunk: int(spec.BalanceChunk), FingerprintQuery: true,
			ReceiverPath: spec.ReceiverPath, ReceiversPath: spec.ReceiversPath, ReceiverSampleNames: spec.ReceiverNames == "Sample",
		},
	})
}

// gates keeps one gate per account.
type gates struct {
	clock clock.Clock
	mu    sync.Mutex
	open  map[string]*transport.Gate
}

func (g *gates) of(ci *v1alpha1.CardIssuer) *transport.Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	rate, burst := 5, 10
	if limit := ci.Spec.RateLimit; limit != nil {
		rate, burst = int(limit.RequestsPerSecond), int(limit.Burst)
	}
	_, url := ci.Spec.BaseURL()
	key := strings.TrimRight(url, "/") + " " + ci.Spec.AccountID()
	if gate, known := g.open[key]; known {
		gate.SetLimit(float64(rate), burst)
		return gate
	}
	if g.open == nil {
		g.open = map[string]*transport.Gate{}
	}
	gate := transport.NewGate(g.clock, float64(rate), burst)
	g.open[key] = gate
	return gate
}
