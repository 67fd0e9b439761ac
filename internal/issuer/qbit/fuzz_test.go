package qbit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
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

// ours fails on an error that could quote the issuer.
func ours(t *testing.T, err error) {
	t.Helper()
	if err != nil && (len(err.Error()) > 80 || strings.ContainsAny(err.Error(), "{[\"")) {
		t.Errorf("the error may quote the answer: %v", err)
	}
}

// rowsOf does what a listing does with one page.
func rowsOf[W wireRow[T], T any](t *testing.T, body []byte) []T {
	t.Helper()
	a, err := readAnswer(body)
	if err != nil {
		ours(t, err)
		return nil
	}
	list, _, err := listForm(a)
	ours(t, err)
	if err != nil {
		return nil
	}
	rows, err := decodeRows[W](list)
	ours(t, err)
	return rows
}

func FuzzDecodeCards(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, c := range rowsOf[wireCard](t, body) {
			if !validID(c.ID) || c.State == "" || len(c.LastFour) > 4 || len(c.Label) > maxText {
				t.Errorf("%+v", c)
			}
		}
		for _, b := range rowsOf[wireBudget](t, body) {
			if !validID(b.ID) || b.State == "" {
				t.Errorf("%+v", b)
			}
		}
	})
}

func FuzzDecodeMovements(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, m := range rowsOf[wireMovement](t, body) {
			if _, err := money.Parse(m.Amount.String()); err != nil || m.Amount.IsNegative() || !validID(m.ID) || m.Kind == "" || m.Status == "" {
				t.Errorf("%+v", m)
			}
		}
		for _, b := range rowsOf[wireBalance](t, body) {
			if _, err := money.Parse(b.Available.String()); err != nil || !validID(b.ID) {
				t.Errorf("%+v", b)
			}
		}
	})
}

func FuzzDecodeOthers(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, r := range rowsOf[wireReceiver](t, body) {
			if !validID(r.ID) || r.State == "" {
				t.Errorf("%+v", r)
			}
		}
		for _, b := range rowsOf[wireBIN](t, body) {
			if b.BIN == "" {
				t.Errorf("%+v", b)
			}
		}
		a, err := readAnswer(body)
		if err != nil {
			return
		}
		ours(t, wantTrue(a))
		if problems, err := readCheck(a, nil); err == nil {
			for _, p := range problems {
				if p.Field == "" || len(p.Reason) > issuer.MaxMessage {
					t.Errorf("%+v", p)
				}
			}
		}
		var secrets wireSecrets
		if decode(a.data, &secrets) == nil {
			_, err := secrets.port()
			ours(t, err)
		}
	})
}

func FuzzReadLogin(f *testing.F) {
	seed(f)
	f.Add([]byte(`{"timestamp":1,"code":"abc"}`))
	f.Add([]byte(`{"code":40101,"message":"m"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		data, code, _ := readLogin(body)
		if data != nil && code != "" {
			t.Error("both an answer and a refusal")
		}
	})
}
