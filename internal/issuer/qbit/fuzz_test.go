package qbit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/wire"
	"github.com/card-operator/card-operator/internal/money"
)

// seed gives every documented answer, and some that no document has.
func seed(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no fixtures", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{
		"", "null", "[]", "{}", `{"code":1}`, `{"code":"0","data":[]}`, `{"data":{"data":null,"total":1}}`, `{"data":[null]}`,
		`{"data":{"data":[{"id":"a","status":"Active","amount":1e15}]}}`, `{"code":[[[`, `{"data":true,"DATA":false}`,
	} {
		f.Add([]byte(text))
	}
}

// rowsOf does what a listing does with one page.
func rowsOf[W, T any](t *testing.T, body []byte, port func(W) (T, error)) []T {
	t.Helper()
	a, err := envelope.Read(body)
	if err != nil {
		issuertest.Ours(t, err)
		return nil
	}
	list, _, err := listForm(a)
	issuertest.Ours(t, err)
	if err != nil {
		return nil
	}
	rows, err := wire.Rows(list, port)
	issuertest.Ours(t, err)
	return rows
}

func FuzzDecodeCards(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, c := range rowsOf(t, body, wireCard.port) {
			if !wire.ValidID(c.ID) || c.State == "" || len(c.LastFour) > 4 || len(c.Label) > wire.MaxText {
				t.Errorf("%+v", c)
			}
		}
		for _, b := range rowsOf(t, body, wireBudget.port) {
			if !wire.ValidID(b.ID) || b.State == "" {
				t.Errorf("%+v", b)
			}
		}
	})
}

func FuzzDecodeMovements(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, m := range rowsOf(t, body, wireMovement.port) {
			if _, err := money.Parse(m.Amount.String()); err != nil || m.Amount.IsNegative() || !wire.ValidID(m.ID) || m.Kind == "" || m.Status == "" {
				t.Errorf("%+v", m)
			}
		}
		for _, b := range rowsOf(t, body, wireBalance.port) {
			if _, err := money.Parse(b.Available.String()); err != nil || !wire.ValidID(b.ID) {
				t.Errorf("%+v", b)
			}
		}
	})
}

func FuzzDecodeOthers(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, r := range rowsOf(t, body, wireReceiver.port) {
			if !wire.ValidID(r.ID) || r.State == "" {
				t.Errorf("%+v", r)
			}
		}
		for _, b := range rowsOf(t, body, wireBIN.port) {
			if b.BIN == "" {
				t.Errorf("%+v", b)
			}
		}
		a, err := envelope.Read(body)
		if err != nil {
			return
		}
		issuertest.Ours(t, envelope.WantTrue(a))
		if problems, err := readCheck(a, nil); err == nil {
			for _, p := range problems {
				if p.Field == "" || len(p.Reason) > issuer.MaxMessage {
					t.Errorf("%+v", p)
				}
			}
		}
		var secrets wireSecrets
		if wire.Decode(a.Data, &secrets) == nil {
			_, err := secrets.port()
			issuertest.Ours(t, err)
		}
	})
}

// Nothing but the client's secret makes a message the issuer's, and whatever is signed can
// be written out.
func FuzzVerify(f *testing.F) {
	seed(f)
	f.Add([]byte(`{"id":"e","data":{"id":"c-1","status":"Active","budgetId":null,"amount":0.11,"cardAddress":{"city":"San Jose","addressLine1":"1 Main St"},"tags":["b","a"]},"sign":"5391e784d66eb7cfc036b511997b212d43d5d941a57f7a661f2b1c9710069a88"}`))
	f.Add([]byte(`{"data":{"a":[{"b":"\ud800"}]},"sign":"00"}`))
	const known = "5391e784d66eb7cfc036b511997b212d43d5d941a57f7a661f2b1c9710069a88"
	c := &Client{secret: issuer.NewSensitive("0123456789abcdef0123456789abcdef")}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := c.Verify(issuer.Webhook{Body: body})
		if err == nil && !strings.Contains(string(body), known) || err != nil && !issuer.Is(err, issuer.Unauthorized) {
			t.Errorf("%v", err)
		}
	})
}
