package contract_test

import (
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/sandbox"
)

// endpoint is where a call goes, as a pattern of the sandbox's faults.
type endpoint struct{ method, path string }

// subject is an adapter and the dialect that it is tried against.
type subject struct {
	name string
	// sandbox changes how the sandbox behaves; nil leaves its defaults.
	sandbox func(*testing.T, *sandbox.Options)
	connect func(*testing.T, *transport.Client) (issuer.Issuer, error)
	// calls are the endpoints of "create card", "fund card" and "list cards".
	calls map[string]endpoint
	// nobody is an id of the right form that stands for nothing.
	nobody string
}

func subjects() []subject {
	return []subject{
		{
			name: "qbit",
			connect: func(_ *testing.T, wire *transport.Client) (issuer.Issuer, error) {
				return qbit.New(qbit.Config{HTTP: wire, AccountID: sandbox.DefaultAccountID, Credentials: qbit.Credentials{
					ClientID: sandbox.DefaultClientID, ClientSecret: issuer.NewSensitive(sandbox.DefaultClientSecret),
				}})
			},
			calls: map[string]endpoint{
				"create card": {"POST", "/open-api/v1/cards"},
				"fund card":   {"POST", "/open-api/v1/cards/transfer/in"},
				"list cards":  {"GET", "/open-api/v1/cards"},
			},
			nobody: "00000000-0000-4000-8000-000000000000",
		},
	}
}
