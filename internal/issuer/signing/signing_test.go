package signing_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/signing"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

func TestCheck(t *testing.T) {
	secret := issuer.NewSensitive("canary-secret")
	// HMAC-SHA256 of "text" under "canary-secret", by another program.
	good, _ := hex.DecodeString("96f20780168f2580532d3da63fd8b41400f92282c514504d307fa9adf898c4b0")
	if err := signing.Check(secret, "text", good); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"other text":   signing.Check(secret, "texT", good),
		"no signature": signing.Check(secret, "text", nil),
		"short":        signing.Check(secret, "text", good[:31]),
		"other secret": signing.Check(issuer.NewSensitive("other"), "text", good),
		"no secret":    signing.Check(issuer.Sensitive{}, "text", good),
	} {
		if !issuer.Is(err, issuer.Unauthorized) || !strings.Contains(err.Error(), "clientSecret") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRead(t *testing.T) {
	var into struct {
		ID wire.Lenient[wire.Text] `json:"id"`
	}
	if err := signing.Read([]byte(`{"id":"a","x":1}`), &into); err != nil || signing.ID(into.ID) != "a" {
		t.Error(err)
	}
	for _, body := range []string{"", "{", "[]", `{"id":1,"ID":2}`, strings.Repeat(" ", signing.MaxBody-1) + "{}"} {
		if err := signing.Read([]byte(body), &into); !issuer.Is(err, issuer.Unauthorized) {
			t.Errorf("%.20q: %v", body, err)
		}
	}
	if got := signing.ID(wire.Lenient[wire.Text]{Value: "a b"}); got != "" {
		t.Error(got)
	}
	if err := signing.Unreadable("x"); !issuer.Is(err, issuer.Malformed) {
		t.Error(err)
	}
}
