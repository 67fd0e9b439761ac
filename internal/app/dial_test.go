package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/card-operator/card-operator/api/v1alpha1"
	"github.com/card-operator/card-operator/internal/account"
	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/engine"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// The size of a page reaches every adapter.
func TestThePageSizeIsTheSpecs(t *testing.T) {
	const uuid, url = "00000000-0000-4000-8000-000000000000", "https://issuer.example.com"
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	creds := account.Credentials{
		ClientID: issuer.NewSensitive("id"), ClientSecret: issuer.NewSensitive("secret"), APIKey: issuer.NewSensitive("key"),
		PrivateKey: issuer.NewSensitive(string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))),
	}
	hosts, err := transport.ParseAllowList([]string{"issuer.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for name, spec := range map[string]v1alpha1.CardIssuerSpec{
		"qbit":      {Qbit: &v1alpha1.QbitIssuer{BaseURL: url, PageSize: 7}},
		"interlace": {Interlace: &v1alpha1.InterlaceIssuer{BaseURL: url, AccountID: "a", PageSize: 7}},
		"qitech":    {QITech: &v1alpha1.QITechIssuer{BaseURL: url, AccountKey: uuid, ProgramKey: uuid, PageSize: 7}},
	} {
		adapter, err := Dialer(hosts, clock.Real{}, nil)(&v1alpha1.CardIssuer{Spec: spec}, creds, engine.DefaultTiming)
		if err != nil || adapter.Capabilities().PageRows != 7 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
