package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Whatever comes, the answer is one of a few, nothing unsigned has an effect, and labels are
// bounded.
func FuzzMessages(f *testing.F) {
	body := text(message{ID: "n-1", Card: "c-1", OTP: "123456"})
	date := "2026-11-01T12:00:00Z"
	f.Add("/webhooks/cards/main", date, listener{"secret of main"}.sign(date, body), body)
	f.Add("/webhooks/cards/main", date, "", []byte("{}"))
	f.Add("/webhooks/cards/none?x=%00", "", "", []byte(nil))
	f.Add("/webhooks/%2e%2e/main", "x", "x", []byte{0xff})
	f.Add("/webhooks/cards/main", date, listener{"secret of main"}.sign(date, []byte("[")), []byte("["))
	statuses := map[int]bool{200: true, 301: true, 307: true, 401: true, 404: true, 405: true, 413: true, 431: true}
	f.Fuzz(func(t *testing.T, path, at, sign string, body []byte) {
		target, err := url.ParseRequestURI(path)
		if err != nil || target.Host != "" {
			t.Skip()
		}
		hints, codes := 0, 0
		s := NewServer(Options{
			Clock: clock.NewFake(noon),
			Lookup: func(_ context.Context, ci types.NamespacedName) (issuer.Listener, error) {
				if ci == first {
					return listener{"secret of main"}, nil
				}
				return nil, ErrUnknown
			},
			Hint:    func(types.NamespacedName) { hints++ },
			Deliver: func(context.Context, types.NamespacedName, issuer.Notice) error { codes++; return nil },
			Observe: func(issuer, _ string) {
				if issuer != unknown && issuer != first.String() {
					t.Errorf("label %q", issuer)
				}
			},
		})
		genuine := listener{"secret of main"}.sign(at, body) == sign
		for range 2 {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.URL, r.Body, r.ContentLength = target, http.NoBody, int64(len(body))
			if len(body) > 0 {
				r = httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
				r.URL = target
			}
			r.Header.Set("X-Date", at)
			r.Header.Set("X-Sign", sign)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if !statuses[w.Code] {
				t.Errorf("status %d", w.Code)
			}
			if (w.Code == 200 || w.Code == 401) && !json.Valid(w.Body.Bytes()) {
				t.Errorf("answer %q", w.Body)
			}
		}
		if !genuine && (hints > 0 || codes > 0) || hints > 1 || codes > 1 {
			t.Errorf("%d hints, %d codes, genuine: %v", hints, codes, genuine)
		}
	})
}
