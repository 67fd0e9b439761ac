package qitech

import (
	"slices"
	"strings"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const webhookType = "baas.prepaid_card.card"

// Webhook is the body that the issuer would send about a status of a card.
type Webhook struct {
	Type string      `json:"webhook_type"`
	Time string      `json:"event_datetime"`
	Data WebhookData `json:"data"`
}

// WebhookData is about the card: AccountKey and ProgramKey are there when it is created,
// OldStatus when it changes.
type WebhookData struct {
	CardKey    string `json:"card_key"`
	AccountKey string `json:"account_key,omitempty"`
	ProgramKey string `json:"program_key,omitempty"`
	Status     string `json:"status"`
	OldStatus  string `json:"old_status,omitempty"`
	Type       string `json:"type"`
}

// Webhooks are the bodies of everything that the cards of an API key have come to so far,
// oldest first. The sandbox does not send them: who plays the issuer signs and delivers
// them, late, twice or in another order as the test wants.
func (h *Handler) Webhooks(apiKey string) []Webhook {
	c := h.clients[apiKey]
	if c == nil {
		return nil
	}
	sent := []Webhook{}
	for _, card := range h.ledger.Snapshot().Cards {
		if card.Account == c.AccountID && card.Type == ledger.WalletFunded {
			sent = append(sent, webhooksOf(card, c.AccountKey)...)
		}
	}
	slices.SortStableFunc(sent, func(a, b Webhook) int { return strings.Compare(a.Time, b.Time) })
	return sent
}

func webhooksOf(card ledger.Card, accountKey string) (sent []Webhook) {
	for i, turn := range card.History {
		data := WebhookData{CardKey: card.ID, Status: StatusWord(turn), Type: virtual}
		if i == 0 {
			data.AccountKey, data.ProgramKey = accountKey, card.Reference
		} else {
			data.OldStatus = StatusWord(card.History[i-1])
		}
		sent = append(sent, Webhook{webhookType, millisecond(turn.Time), data})
	}
	return sent
}
