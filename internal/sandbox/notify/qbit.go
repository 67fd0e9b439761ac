package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// qbitWriter signs within the body: lower-case hex of HMAC-SHA256 under the client secret,
// over the keys of data in order (qbit-v1, Webhooks). The names of its card events are not
// documented; these are the sandbox's.
type qbitWriter struct{ secret string }

const qbitTime = "2006-01-02T15:04:05.000Z"

func (w qbitWriter) news(e ledger.Event) (news, bool) {
	if e.Card.Type == ledger.WalletFunded {
		return news{}, false
	}
	switch e.News {
	case ledger.CardCreated, ledger.CardUpdated:
		return news{"Card", w.card(e.Card)}, true
	case ledger.MovementCreated, ledger.MovementUpdated:
		name, told := movementNames[e.Movement.Kind]
		return news{"CardTransaction", w.transaction(e.Movement, name.v1)}, told
	}
	return news{}, false
}

func (w qbitWriter) otp(ledger.Card, string, time.Duration) (news, bool) { return news{}, false }

func (w qbitWriter) card(c ledger.Card) map[string]any {
	data := map[string]any{
		"id": c.ID, "accountId": c.Account, "token": c.Token, "status": string(c.State), "currency": ledger.Currency,
		"provider": qbitType(c.Type) + "_" + c.BIN, "userName": c.Holder.FirstName + " " + c.Holder.LastName,
		"label": c.Label, "balanceId": c.BalanceID, "budgetId": nil, "useType": c.UseType,
		"qbitCardNoLastFour": c.LastFour, "cardAddress": nil, "createTime": c.Created.UTC().Format(qbitTime),
	}
	if c.BudgetID != "" {
		data["budgetId"] = c.BudgetID
	}
	if a := c.Address; a != nil {
		data["cardAddress"] = map[string]any{
			"addressLine1": a.Line1, "addressLine2": a.Line2, "city": a.City, "state": a.State, "country": a.Country, "postalCode": a.PostalCode,
		}
	}
	return data
}

func qbitType(t ledger.CardType) string {
	if t == ledger.Prepaid {
		return "PrepaidCard"
	}
	return "BudgetCard"
}

func (w qbitWriter) transaction(m ledger.Movement, kind string) map[string]any {
	return map[string]any{
		"id": m.ID, "accountId": m.Account, "cardId": m.CardID, "currency": ledger.Currency, "type": kind,
		"amount": m.Amount.Number(), "fee": m.Fee.Number(), "clientTransactionId": m.ClientID,
		"status": string(m.Status), "transactionTime": m.Time.UTC().Format(qbitTime),
	}
}

func (w qbitWriter) write(id string, n news, now time.Time, unsigned bool) (letter, error) {
	data, ok := n.data.(map[string]any)
	if !ok {
		return letter{}, errors.New("a Qbit webhook is about an object")
	}
	message := map[string]any{"id": id, "businessType": n.kind, "createTime": now.UTC().Format(qbitTime), "data": data}
	if !unsigned {
		text, err := qbitText(data)
		if err != nil {
			return letter{}, err
		}
		message["sign"] = qbitSign(w.secret, text)
	}
	body, err := encode(message)
	return letter{id: id, kind: n.kind, body: body, sign: func(time.Time) (http.Header, error) { return jsonHeader(), nil }}, err
}

func qbitSign(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(text)) // a hash never fails
	return hex.EncodeToString(mac.Sum(nil))
}

// qbitText is what is signed: key=value of data, joined with &, keys in ASCII order.
func qbitText(data map[string]any) (string, error) {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(data)) {
		value, err := qbitValue(data[key])
		if err != nil {
			return "", err
		}
		pairs = append(pairs, key+"="+value)
	}
	return strings.Join(pairs, "&"), nil
}

// qbitValue: null is empty, objects and arrays are compact JSON, an object's keys sorted.
func qbitValue(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	}
	text, err := encode(v) // maps come out sorted
	return unescapeLines.Replace(string(text)), err
}

// unescapeLines: Go escapes two characters that JavaScript writes as they are.
var unescapeLines = strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029")
