package qitech

import (
	"net/http"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
)

// A UUID is the same in either case. Cards that were dropped for it would be ordered again.
func TestAnAccountKeyIsTheSameInEitherCase(t *testing.T) {
	upper := func(c *Config) { c.AccountKey = strings.ToUpper(accountKey) }
	w := newWorld(t, paged(row(cardKey, "a", "created"), row(cardKey, "a", "created")), upper)
	cards, err := w.client.ListCards(t.Context())
	if err != nil || len(cards) != 1 || cards[0].AccountID != strings.ToUpper(accountKey) {
		t.Errorf("%+v, %v", cards, err)
	}
	if card, err := w.client.GetCard(t.Context(), cardKey); err != nil || card.AccountID != strings.ToUpper(accountKey) {
		t.Errorf("%+v, %v", card, err)
	}
}

func TestATimeWithoutAZoneIsNoTime(t *testing.T) {
	for _, text := range []string{"2023-02-20T19:28:16", "2023-02-20 19:28:16", "2023-02-20", "soon"} {
		w := newWorld(t, says(200, strings.Replace(row(cardKey, "a", "active"), "2023-02-20T19:28:16Z", text, 1)))
		if card, err := w.client.GetCard(t.Context(), cardKey); err != nil || !card.CreatedAt.IsZero() {
			t.Errorf("%s: %v, %v", text, card.CreatedAt, err)
		}
	}
}

// openssl writes the name of the curve before the key, unless it is told not to.
func TestAKeyAfterItsParameters(t *testing.T) {
	const parameters = "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIw==\n-----END EC PARAMETERS-----\n"
	newWorld(t, says(200, ``), func(c *Config) { c.Credentials.PrivateKey = issuer.NewSensitive(parameters + ours.private) })
}

// Credentials that rest are worth no turn: nothing is claimed for them. A turn is taken without
// a request.
func TestATurnIsNotGivenToCredentialsThatRest(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusUnauthorized) })
	if turn, err := w.client.Turn(t.Context()); err != nil || turn == nil || len(w.requests()) != 0 {
		t.Errorf("%v after %d requests", err, len(w.requests()))
	}
	_, _ = w.client.ListCards(t.Context())
	asked := len(w.requests())
	if turn, err := w.client.Turn(t.Context()); !issuer.Is(err, issuer.Unauthorized) || turn != nil || len(w.requests()) != asked {
		t.Errorf("%v, %v after %d more requests", turn, err, len(w.requests())-asked)
	}
}

// What is wrong with the credentials is said for as long as they rest, and no more than that.
func TestCredentialsThatRestSayWhy(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   []string
	}{
		"the key is unknown":           {refuses(http.StatusNotFound, "GDF000018"), []string{"GDF000018", "the API key is unknown"}},
		"the key is unknown, as a 401": {refuses(http.StatusUnauthorized, "GDF000018"), []string{"GDF000018", "the API key is unknown"}},
		"no key":                       {refuses(http.StatusUnauthorized, "GDF000003"), []string{"GDF000003", "names no API key"}},
		"the signature, or no grant":   {refuses(http.StatusForbidden, "GDF000014"), []string{"GDF000014", "signature", "grants"}},
		"an unknown code":              {refuses(http.StatusUnauthorized, "GDF000999"), []string{"GDF000999", "privateKey"}},
		"nothing":                      {says(http.StatusUnauthorized, `<html>canary`), []string{"signature", "privateKey"}},
	} {
		w := newWorld(t, c.answer)
		_, first := w.client.ListCards(t.Context())
		_, again := w.client.GetCard(t.Context(), cardKey)
		_, turn := w.client.Turn(t.Context())
		if n := len(w.requests()); n != 1 {
			t.Errorf("%s: %d calls", name, n)
		}
		for _, err := range []error{first, again, turn} {
			if !issuer.Is(err, issuer.Unauthorized) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: %v", name, err)
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%s: %q does not say %q", name, err, word)
				}
			}
		}
		if !strings.Contains(again.Error(), "a moment ago") {
			t.Errorf("%s: %v", name, again)
		}
	}
}
