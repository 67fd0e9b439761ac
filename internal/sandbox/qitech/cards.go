package qitech

import (
	"fmt"
	"net/http"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// row is a card in a list: the sample has no last digits and no events.
type row struct {
	CardKey     string `json:"card_key"`
	AccountKey  string `json:"account_key"`
	ProgramKey  string `json:"program_key"`
	Type        string `json:"type"`
	CardName    string `json:"card_name"`
	PrintedName string `json:"printed_name"`
	CVVRotation int    `json:"cvv_rotation_interval_hours"`
	CreatedAt   string `json:"created_at"`
	UpdatedAt   string `json:"updated_at"`
	Status      string `json:"status"`
	Brand       string `json:"brand"`
}

// detail is a card by its key. A card that has no number yet has null for its last digits.
type detail struct {
	row
	LastFour *string `json:"last_four_digits"`
	Events   []event `json:"status_events"`
}

// event is a status that a card came to.
type event struct {
	Status    string `json:"status"`
	CreatedAt string `json:"created_at"`
}

func (h *Handler) rowOf(accountKey string, c ledger.Card) row {
	return row{
		CardKey: c.ID, AccountKey: accountKey, ProgramKey: c.Reference, Type: virtual,
		CardName: c.Label, PrintedName: c.Holder.LastName, CVVRotation: int(c.CVVInterval / time.Hour),
		CreatedAt: second(c.Created), UpdatedAt: second(lastTurn(c).Time),
		Status: statusOf(c), Brand: h.opts.Brand,
	}
}

// list is 查询卡片列表: newest first, ended cards included.
func (h *Handler) list(c *call) (reply, error) {
	query := c.URL.Query()
	switch key := query.Get("account_key"); key {
	case "":
		return reply{}, fail(CodeNoAccountKey)
	case c.AccountKey:
	default:
		return reply{}, fail(CodeAccount, key)
	}
	page, shown, err := h.page(query)
	if err != nil {
		return reply{}, err
	}
	cards, _ := c.book.Cards(ledger.CardFilter{Type: ledger.WalletFunded}, page)
	return reply{http.StatusOK, rowsOf(shown, cards, func(x ledger.Card) row { return h.rowOf(c.AccountKey, x) })}, nil
}

// walletCard is a card of this dialect in this account.
func (c *call) walletCard(id string) (ledger.Card, error) {
	card, err := c.book.Card(id)
	if err == nil && card.Type != ledger.WalletFunded {
		err = ledger.ErrUnknownCard
	}
	return card, err
}

// get reads one card, without any listing lag.
func (h *Handler) get(c *call) (reply, error) {
	card, err := c.walletCard(c.card())
	if err != nil {
		return reply{}, err
	}
	out := detail{row: h.rowOf(c.AccountKey, card)}
	if card.State != ledger.StatePending {
		out.LastFour = &card.LastFour
	}
	for _, turn := range card.History {
		out.Events = append(out.Events, event{StatusWord(turn), second(turn.Time)})
	}
	return reply{http.StatusOK, out}, nil
}

// secrets is the one answer that reveals a card, in clear text as the document shows it.
type secrets struct {
	PrintedName    string `json:"printed_name"`
	ValidUntil     string `json:"valid_until"`
	ExpirationDate string `json:"expiration_date"`
	CardNumber     string `json:"card_number"`
	CVV            string `json:"cvv"`
}

// reveal shows a card that has begun and has not ended; valid_until is taken for the end
// of the present CVV.
func (h *Handler) reveal(c *call) (reply, error) {
	card, err := c.walletCard(c.card())
	if err != nil {
		return reply{}, err
	}
	if card.State == ledger.StatePending || card.State == ledger.StateInactive {
		return reply{}, fail(CodePCI, card.ID)
	}
	cvv, until := card.CVVAt(h.opts.Clock.Now())
	return reply{http.StatusOK, secrets{
		PrintedName: card.Holder.LastName, ValidUntil: second(until),
		ExpirationDate: fmt.Sprintf("%02d/%02d", card.ExpMonth, card.ExpYear%100),
		CardNumber:     card.PAN.Reveal(), CVV: cvv.Reveal(),
	}}, nil
}
