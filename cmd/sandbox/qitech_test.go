package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox"
)

func publicKey(t *testing.T) (text, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	text, file = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return text, file
}

func TestQITechFlags(t *testing.T) {
	_, file := publicKey(t)
	c, err := parse([]string{
		"--qitech-public-key-file=" + file, "--qitech-api-key=k", "--qitech-account-key=a", "--qitech-program-key=p",
		"--qitech-activation-delay=3s", "--opening-balance=7.00", "--qitech-clock-skew=1m",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	q, accounts := c.options.QITech, c.options.Ledger.Accounts
	if len(q.Clients) != 1 || q.Clients[0].APIKey != "k" || q.Clients[0].AccountID != "a" || q.Clients[0].Programs[0] != "p" ||
		q.ActivationDelay != 3*time.Second || q.ClockSkew != time.Minute || q.TrustSignatures {
		t.Errorf("%+v", q)
	}
	if len(accounts) != 2 || accounts[1].ID != "a" || accounts[1].Opening.String() != "7.00" {
		t.Errorf("%+v", accounts)
	}
	if _, err := sandbox.New(c.options); err != nil {
		t.Error(err)
	}
}

func TestQITechKeyFromTheEnvironment(t *testing.T) {
	text, _ := publicKey(t)
	t.Setenv(publicKeyVariable, text)
	c, err := parse([]string{"--qitech-account-key=" + sandbox.DefaultAccountID}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	q := c.options.QITech
	if len(q.Clients) != 1 || q.Clients[0].APIKey != sandbox.DefaultQITechAPIKey || len(c.options.Ledger.Accounts) != 1 {
		t.Errorf("%+v, %d accounts", q, len(c.options.Ledger.Accounts))
	}
}

func TestQITechWithoutAKey(t *testing.T) {
	c, err := parse(nil, io.Discard)
	if err != nil || len(c.options.QITech.Clients) != 0 || len(c.options.Ledger.Accounts) != 1 {
		t.Errorf("%+v, %v", c.options.QITech, err)
	}
	t.Setenv(publicKeyVariable, "no key")
	for _, args := range [][]string{{"--qitech-public-key-file=/does/not/exist"}, nil} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%v: accepted", args)
		}
	}
}
