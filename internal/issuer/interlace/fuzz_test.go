package interlace

import (
	"crypto/aes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/wire"
	"github.com/card-operator/card-operator/internal/money"
)

const fuzzSecret = "0123456789abcdef0123456789abcdef"

// seed gives every documented object, in a list, alone and bare, and some that no document
// has.
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
		f.Add([]byte(`{"code":"000000","message":"success","data":` + string(text) + `}`))
		f.Add([]byte(`{"code":"000000","message":"success","data":{"list":[` + string(text) + `],"total":"1"}}`))
	}
	for _, text := range []string{
		"", "null", "[]", "{}", `{"code":1}`, `{"code":"0","data":[]}`, `{"code":0,"data":{"list":null,"total":1}}`, `{"code":0,"data":[null]}`,
		`{"code":0,"data":{"list":[{"id":"a","status":"ACTIVE","amount":1e15}]}}`, `{"code":[[[`, `{"code":0,"data":true,"DATA":false}`, `{"code":0,"data":["x",{"binId":7}]}`,
	} {
		f.Add([]byte(text))
	}
}

// rowsOf does what a listing does with one page, or a short list with all of it.
func rowsOf[W, T any](t *testing.T, body []byte, port func(W) (T, error)) []T {
	t.Helper()
	a, err := envelope.Read(body)
	if err != nil {
		issuertest.Ours(t, err)
		return nil
	}
	list, _, err := shortForm(a)
	issuertest.Ours(t, err)
	rows, err := wire.Rows(list, port)
	issuertest.Ours(t, err)
	return rows
}

func FuzzDecodeCards(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, c := range rowsOf(t, body, wireCard.port) {
			if !wire.ValidID(c.ID) || c.State == "" || len(c.LastFour) > 4 || len(c.Label) > wire.MaxText || (c.Type == issuer.BudgetCard) != (c.BudgetID != "") || len(c.Limits) > len(intervals) {
				t.Errorf("%+v", c)
			}
		}
		for _, b := range rowsOf(t, body, wireBudget.port) {
			if !wire.ValidID(b.ID) || !wire.ValidID(b.BalanceID) || b.State == "" {
				t.Errorf("%+v", b)
			}
		}
		for _, h := range rowsOf(t, body, wireHolder.port) {
			if !wire.ValidID(h.ID) || h.State == "" || len(h.RejectReason) > issuer.MaxMessage {
				t.Errorf("%+v", h)
			}
		}
	})
}

func FuzzDecodeMovements(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, port := range []func(wireMovement) (issuer.Movement, error){wireMovement.ofCard, wireMovement.ofBudget} {
			for _, m := range rowsOf(t, body, port) {
				if _, err := money.Parse(m.Amount.String()); err != nil || m.Amount.IsNegative() || !wire.ValidID(m.ID) || m.Kind == "" || m.Status == "" {
					t.Errorf("%+v", m)
				}
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
		for _, bins := range rowsOf(t, body, wireBIN.ports) {
			if len(bins) == 0 || bins[0].BIN == "" || !wire.ValidID(bins[0].ID) {
				t.Errorf("%+v", bins)
			}
		}
		for _, s := range rowsOf(t, body, wireScenario.port) {
			if s.Name == "" || !wire.ValidID(s.ID) {
				t.Errorf("%+v", s)
			}
		}
		for _, bin := range ranked(rowsOf(t, body, advice.port), nil) {
			if bin == "" {
				t.Error("a BIN without digits")
			}
		}
	})
}

// Whatever a call with an effect is answered with, its readers neither panic nor quote it.
func FuzzAnswers(f *testing.F) {
	seed(f)
	order := issuer.Transfer{ObjectID: "c", ClientID: "client_txn_abc123def456", Amount: money.Must("125.5")}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := envelope.Read(body)
		if err != nil {
			return
		}
		issuertest.Ours(t, confirmed("c")(a))
		issuertest.Ours(t, echoed(order, wireMovement.ofCard, func(m issuer.Movement) string { return m.CardID })(a))
		if s, err := wire.Object(a.Data, wireSummary.port); err == nil {
			if _, bad := money.Parse(s.Available.String()); bad != nil {
				t.Errorf("%+v", s)
			}
		}
		_, _, err = listForm(a)
		issuertest.Ours(t, err)
		if made, err := newID(a); err == nil && !wire.ValidID(made) {
			t.Errorf("%q", made)
		}
		if made, err := newHolder(a); err == nil && (!wire.ValidID(made.ID) || made.State == "") {
			t.Errorf("%+v", made)
		}
	})
}

// What is handed up as a card is one, and no error shows what was read.
func FuzzDecrypt(f *testing.F) {
	f.Add("85d68cc502b7a6c91414d85e2fdd89b18aa36241fde8df054dc325c6c695b89e", "bca928a79e8d22aed7d3dc80add9af7b", "7a71954afbdf04adfb833e959699eed3", "ecda9e1a496f44d35866b75409400922", "411111", "1111")
	f.Add("", "00", strings.Repeat("f", 32), "g", "1", "x")
	key, err := aes.NewCipher([]byte(fuzzSecret))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, pan, cvv, year, month, bin, lastFour string) {
		text, _ := json.Marshal(map[string]string{"pan": pan, "cvv": cvv, "expYear": year, "expMonth": month, "bin": bin, "cardLastFour": lastFour})
		s, err := wire.Object(text, wirePrivate.port)
		issuertest.Ours(t, err)
		if err != nil {
			return
		}
		secrets, err := s.open(key)
		if err != nil && !errors.Is(err, errKey) && !errors.Is(err, errOtherCard) && !errors.Is(err, quantum.ErrSecrets) {
			t.Errorf("%v", err)
		}
		if number := secrets.PAN.Reveal(); err == nil && (!wire.Digits(number) || !strings.HasPrefix(number, bin) || !strings.HasSuffix(number, lastFour)) {
			t.Error("this is no card")
		}
	})
}

// Nothing but the client's secret makes a message the issuer's.
func FuzzVerify(f *testing.F) {
	const good = `{"id":"e","eventType":"CARD.UPDATED","resource":"{\"id\":\"1234567890\",\"status\":\"ACTIVE\"}","createTime":1793534400000}`
	f.Add([]byte(good), "9YzIiBPTklmOj7MKOFqRYE4KefdXzP5ZyxhhLMVFmao=", "HMAC-SHA256", int64(0))
	f.Add([]byte(`{"resource":""}`), "", "", int64(1))
	f.Add([]byte(`{"resource":null,"RESOURCE":"x"}`), "!", "none", int64(-1<<40))
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	c := &Client{secret: issuer.NewSensitive(fuzzSecret)}
	f.Fuzz(func(t *testing.T, body []byte, signature, method string, skew int64) {
		h := http.Header{"Signature": {signature}, "Signature-Method": {method}, "Timestamp": {strconv.FormatInt(now.UnixMilli()+skew, 10)}}
		notice, err := c.Verify(issuer.Webhook{Header: h, Body: body, Now: now})
		if err == nil {
			if signature != "9YzIiBPTklmOj7MKOFqRYE4KefdXzP5ZyxhhLMVFmao=" || notice.OTP != nil && notice.CardID == "" {
				t.Errorf("%+v", notice)
			}
			return
		}
		if class := issuer.ClassOf(err); class != issuer.Unauthorized && class != issuer.Malformed {
			t.Errorf("%v", err)
		}
	})
}
