package oauth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/oauth"
)

func desk() (*oauth.Desk, *clock.Fake) {
	fake := clock.NewFake(time.Unix(1000, 0))
	return oauth.New(oauth.Options{
		Clock: fake, Random: ledger.NewRandom(0, "test"),
		Clients:      []oauth.Client{{ID: "a", Secret: "s", AccountID: "1"}, {ID: "b", Secret: "s", AccountID: "2"}},
		StaticTokens: map[string]string{"static": "2", "orphan": "3", "": "1"},
	}), fake
}

func TestCodesAreOfTheirClient(t *testing.T) {
	d, fake := desk()
	code, err := d.Authorize("a", "")
	if err != nil || code.Timestamp != 1000 {
		t.Fatalf("%+v, %v", code, err)
	}
	for name, try := range map[string]func() error{
		"secret": func() error { _, err := d.ExchangeWithSecret("a", "x", code.Code); return err },
		"client": func() error { _, err := d.ExchangeWithSecret("x", "s", code.Code); return err },
	} {
		if err := try(); !errors.Is(err, oauth.ErrSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Exchange("b", code.Code); !errors.Is(err, oauth.ErrGrant) {
		t.Errorf("another's code: %v", err)
	}
	got, err := d.ExchangeWithSecret("a", "s", code.Code)
	if err != nil || got.ExpiresIn != 86400 {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := d.Refresh("b", got.RefreshToken); !errors.Is(err, oauth.ErrGrant) {
		t.Errorf("another's refresh token: %v", err)
	}
	if _, ok := d.Bearer(got.RefreshToken); ok {
		t.Error("a refresh token opens an account")
	}
	fake.Advance(30 * 24 * time.Hour)
	if _, err := d.Refresh("a", got.RefreshToken); !errors.Is(err, oauth.ErrGrant) {
		t.Errorf("an old refresh token: %v", err)
	}
}

func TestStaticTokensAreTheAccountsFirstClient(t *testing.T) {
	d, fake := desk()
	fake.Advance(1000 * time.Hour)
	for text, want := range map[string]oauth.Client{
		"static": {ID: "b", Secret: "s", AccountID: "2"}, "orphan": {AccountID: "3"},
	} {
		if got, ok := d.Bearer(text); !ok || got != want {
			t.Errorf("%s is of %+v", text, got)
		}
	}
	if _, ok := d.Bearer(""); ok {
		t.Error("no token opens an account")
	}
}
