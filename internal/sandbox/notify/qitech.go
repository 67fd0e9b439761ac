package notify

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/md5" //nolint:gosec // the document signs an MD5 of the body
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

// qitechWriter signs in the header AUTHORIZATION: a bare ES512 JWS by the issuer's key whose
// claims bind method, path, time and the MD5 of the body (qitech, Webhooks).
type qitechWriter struct {
	key                *ecdsa.PrivateKey
	apiKey, accountKey string
	uri                string
}

const (
	qitechEvent     = "2006-01-02T15:04:05.000Z"
	qitechTimestamp = "2006-01-02T15:04:05.000000Z"
	// p521Size is the length of R and of S in an ES512 signature (RFC 7518, 3.4).
	p521Size = 66
)

func (w qitechWriter) news(e ledger.Event) (news, bool) {
	if e.Card.Type != ledger.WalletFunded {
		return news{}, false
	}
	switch e.News {
	case ledger.CardCreated:
		return news{"baas.prepaid_card.card", qitech.WebhookData{
			CardKey: e.Card.ID, AccountKey: cmp.Or(w.accountKey, e.Card.Account), ProgramKey: e.Card.Reference, Status: qitechStatus(e.Card, e.Card.State, 1), Type: "virtual",
		}}, true
	case ledger.CardUpdated:
		return news{"baas.prepaid_card.card", qitech.WebhookData{
			CardKey: e.Card.ID, Status: qitechStatus(e.Card, e.Card.State, 1), OldStatus: qitechStatus(e.Card, e.Was, 2), Type: "virtual",
		}}, true
	case ledger.MovementCreated, ledger.MovementUpdated:
		return news{"prepaid_card.authorization_event", map[string]any{
			"card_key": e.Card.ID, "authorization_key": e.Movement.ID, "amount": e.Movement.Amount.Number(),
		}}, e.Movement.Kind == ledger.KindConsumption || e.Movement.Kind == ledger.KindCredit
	}
	return news{}, false
}

func (w qitechWriter) otp(ledger.Card, string, time.Duration) (news, bool) { return news{}, false }

var qitechStates = map[ledger.State]string{
	ledger.StatePending: "created", ledger.Active: "active", ledger.StateFrozen: "blocked",
	ledger.StateControl: "warning", ledger.StateInactive: "canceled",
}

// qitechStatus is the word for a card's state: that of its history, counted from the end,
// where there is one.
func qitechStatus(c ledger.Card, state ledger.State, fromEnd int) string {
	if n := len(c.History) - fromEnd; n >= 0 {
		return cmp.Or(c.History[n].Reason, qitechStates[c.History[n].State])
	}
	return qitechStates[state]
}

func (w qitechWriter) write(id string, n news, now time.Time, unsigned bool) (letter, error) {
	body, err := encode(map[string]any{"webhook_type": n.kind, "event_datetime": now.UTC().Format(qitechEvent), "data": n.data})
	return letter{id: id, kind: n.kind, body: body, sign: func(at time.Time) (http.Header, error) {
		h := jsonHeader()
		h.Set("API-CLIENT-KEY", w.apiKey)
		if unsigned {
			return h, nil
		}
		token, err := w.token(body, at)
		h.Set("AUTHORIZATION", token)
		return h, err
	}}, err
}

func (w qitechWriter) token(body []byte, now time.Time) (string, error) {
	sum := md5.Sum(body) //nolint:gosec // the document wants an MD5
	head, err := encode(map[string]string{"alg": "ES512", "typ": "JWT"})
	if err != nil {
		return "", err
	}
	claims, err := encode(map[string]string{
		"payload_md5": hex.EncodeToString(sum[:]), "timestamp": now.UTC().Format(qitechTimestamp), "method": http.MethodPost, "uri": w.uri,
	})
	if err != nil {
		return "", err
	}
	signed := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(claims)
	hash := sha512.Sum512([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, w.key, hash[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 2*p521Size)
	r.FillBytes(signature[:p521Size])
	s.FillBytes(signature[p521Size:])
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
