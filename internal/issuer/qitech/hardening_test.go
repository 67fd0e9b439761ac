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
