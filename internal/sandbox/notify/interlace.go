package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// interlaceWriter signs in headers: base64 of HMAC-SHA256 under the client secret, over the
// resource, which is JSON in a string (interlace-v3, Webhooks).
type interlaceWriter struct{ secret string }

func (w interlaceWriter) news(e ledger.Event) (news, bool) {
	if e.Card.Type == ledger.WalletFunded {
		return news{}, false
	}
	name, told := movementNames[e.Movement.Kind]
	switch e.News {
	case ledger.CardCreated:
		return news{"CARD.CREATED", w.card(e.Card)}, true
	case ledger.CardUpdated:
		if e.Card.State == ledger.StateInactive {
			return news{"CARD.DELETED", w.card(e.Card)}, true
		}
		return news{"CARD.UPDATED", w.card(e.Card)}, true
	case ledger.MovementCreated:
		return news{"CARD_TRANSACTION.CREATED", w.transaction(e.Movement, name.v3)}, told
	case ledger.MovementUpdated:
		return news{"CARD_TRANSACTION.UPDATED", w.transaction(e.Movement, name.v3)}, told
	}
	return news{}, false
}

// interlaceOTP is the 3DS object: expireTime is how many seconds the code lives.
type interlaceOTP struct {
	CardID     string `json:"cardId"`
	AccountID  string `json:"accountId"`
	Currency   string `json:"currency"`
	Amount     string `json:"amount"`
	CardNumber string `json:"cardNumber"`
	OTP        string `json:"otp"`
	Detail     string `json:"detail"`
	ExpireTime string `json:"expireTime,omitempty"`
}

func (w interlaceWriter) otp(card ledger.Card, code string, lifetime time.Duration) (news, bool) {
	otp := interlaceOTP{
		CardID: card.ID, AccountID: card.Account, Currency: ledger.Currency, Amount: "12.50",
		CardNumber: card.BIN + "******" + card.LastFour, OTP: code, Detail: "Payment at Example Shop",
	}
	if lifetime > 0 {
		otp.ExpireTime = strconv.Itoa(int(lifetime.Seconds()))
	}
	return news{"CARD.3DS.OTP", otp}, true
}

var interlaceStates = map[ledger.State]string{
	ledger.Active: "ACTIVE", ledger.StateFrozen: "FROZEN", ledger.StateControl: "CONTROL", ledger.StateInactive: "INACTIVE",
}

var interlaceStatuses = map[ledger.Status]string{
	ledger.StatusPending: "PENDING", ledger.StatusClosed: "CLOSED", ledger.StatusFail: "FAIL",
}

func (w interlaceWriter) card(c ledger.Card) map[string]any {
	return map[string]any{
		"id": c.ID, "accountId": c.Account, "userName": c.Holder.FirstName + " " + c.Holder.LastName, "currency": ledger.Currency,
		"bin": c.BIN, "status": interlaceStates[c.State], "cardLastFour": c.LastFour, "cardMode": "VIRTUAL_CARD", "label": c.Label,
		"balanceId": c.BalanceID, "budgetId": c.BudgetID, "referenceId": c.Reference, "createTime": epoch(c.Created),
	}
}

func (w interlaceWriter) transaction(m ledger.Movement, kind int) map[string]any {
	return map[string]any{
		"id": m.ID, "accountId": m.Account, "cardId": m.CardID, "cardTransactionId": m.ID, "currency": ledger.Currency,
		"amount": m.Amount.String(), "fee": m.Fee.String(), "clientTransactionId": m.ClientID, "type": kind,
		"status": interlaceStatuses[m.Status], "transactionTime": epoch(m.Time), "createTime": epoch(m.Time),
	}
}

func (w interlaceWriter) write(id string, n news, now time.Time, unsigned bool) (letter, error) {
	resource, err := encode(n.data)
	if err != nil {
		return letter{}, err
	}
	body, err := encode(map[string]any{
		"id": id, "eventType": n.kind, "apiVersion": "v3", "code": "000000", "message": "success",
		"resource": string(resource), "createTime": now.UnixMilli(),
	})
	return letter{id: id, kind: n.kind, body: body, sign: func(at time.Time) (http.Header, error) {
		h := jsonHeader()
		if !unsigned {
			h.Set("Signature-Method", "HMAC-SHA256")
			h.Set("Signature", interlaceSign(w.secret, resource))
			h.Set("Timestamp", epoch(at))
		}
		return h, nil
	}}, err
}

func interlaceSign(secret string, resource []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(resource) // a hash never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// epoch is a time as Interlace writes it: milliseconds, in a string.
func epoch(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
