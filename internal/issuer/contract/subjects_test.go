package contract_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/interlace"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/qitech"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/sandbox"
	sandboxqitech "github.com/card-operator/card-operator/internal/sandbox/qitech"
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
		interlaceSubject(),
		qitechSubject(),
	}
}

func interlaceSubject() subject {
	return subject{
		name: "interlace",
		connect: func(_ *testing.T, wire *transport.Client) (issuer.Issuer, error) {
			return interlace.New(interlace.Config{HTTP: wire, AccountID: sandbox.DefaultAccountID, Credentials: interlace.Credentials{
				ClientID: sandbox.DefaultClientID, ClientSecret: issuer.NewSensitive(sandbox.DefaultInterlaceSecret),
			}})
		},
		calls: map[string]endpoint{
			"create card": {"POST", "/open-api/v3/prepaid-card"},
			"fund card":   {"POST", "/open-api/v3/cards/transfer-in"},
			"list cards":  {"GET", "/open-api/v3/card-list"},
		},
		nobody: "00000000-0000-4000-8000-000000000000",
	}
}

// qitechSubject signs with a key of its own, which the sandbox really verifies.
func qitechSubject() subject {
	key := newKeyPair()
	return subject{
		name: "qitech",
		sandbox: func(_ *testing.T, o *sandbox.Options) {
			o.QITech.Clients = []sandboxqitech.Client{{APIKey: sandbox.DefaultQITechAPIKey, PublicKey: key.public, Programs: []string{sandbox.DefaultQITechProgramKey}}}
		},
		connect: func(_ *testing.T, wire *transport.Client) (issuer.Issuer, error) {
			return qitech.New(qitech.Config{
				HTTP: wire, AccountKey: sandbox.DefaultAccountID, ProgramKey: sandbox.DefaultQITechProgramKey,
				Credentials: qitech.Credentials{
					APIKey: issuer.NewSensitive(sandbox.DefaultQITechAPIKey), PrivateKey: issuer.NewSensitive(key.private), WebhookPublicKey: issuer.NewSensitive(key.public),
				},
			})
		},
		calls: map[string]endpoint{
			"create card": {"POST", "/prepaid/card"},
			"list cards":  {"GET", "/prepaid/card"},
		},
		nobody: "00000000-0000-4000-8000-000000000000",
	}
}

type keyPair struct{ private, public string }

// newKeyPair is empty where no key can be made; every call is refused then.
func newKeyPair() keyPair {
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		return keyPair{}
	}
	private, _ := x509.MarshalECPrivateKey(key)
	public, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return keyPair{
		private: string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})),
		public:  string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
	}
}
