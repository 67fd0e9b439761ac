package qbit

import (
	"strings"
	"unicode/utf8"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const (
	maxNames = 26
	maxBatch = 100
	tooLong  = "FirstName and lastName length cannot exceed 26 characters"
)

// cardOrder is the body of 创建量子卡 and of its parameter check: type and bin, or the
// provider that the sample sends in their place.
type cardOrder struct {
	AccountID           string        `json:"accountId"`
	BatchCount          count         `json:"batchCount"`
	Cost                money.Amount  `json:"cost"`
	Type                string        `json:"type"`
	BIN                 string        `json:"bin"`
	Provider            string        `json:"provider"`
	CardAddress         *addressInput `json:"cardAddress"`
	FirstName           string        `json:"firstName"`
	LastName            string        `json:"lastName"`
	Label               string        `json:"label"`
	UseType             string        `json:"useType"`
	PhoneCode           string        `json:"phoneCode"`
	Phone               string        `json:"phone"`
	Email               string        `json:"email"`
	BudgetID            string        `json:"budgetId"`
	ClientTransactionID string        `json:"clientTransactionId"`
}

// complaint is one finding of the parameter check.
type complaint struct {
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

// checkCard is 创建量子卡参数检查: an empty array says that the parameters are good.
func (h *Handler) checkCard(c *call) (any, error) {
	in, err := readOrder(c)
	if err != nil {
		return nil, err
	}
	return ok(h.complaints(in)), nil
}

// createCards is 创建量子卡: it answers before the cards exist.
func (h *Handler) createCards(c *call) (any, error) {
	in, err := readOrder(c)
	if err != nil {
		return nil, err
	}
	if found := h.complaints(in); len(found) > 0 {
		return nil, h.refusal(in, found[0])
	}
	return h.once(c, CallCreate, in.ClientTransactionID, in, func() (any, error) {
		_, err := c.book.OrderCards(in.order(), int(in.BatchCount))
		return done(), err
	})
}

func readOrder(c *call) (cardOrder, error) {
	var in cardOrder
	if err := c.decode(&in); err != nil {
		return in, err
	}
	if kind, bin, both := strings.Cut(in.Provider, "_"); both && in.Type == "" && in.BIN == "" {
		in.Type, in.BIN = kind, bin
	}
	return in, c.own(in.AccountID)
}

// refusal is a complaint as an error; an offer that does not exist has its own code.
func (h *Handler) refusal(in cardOrder, first complaint) failure {
	if _, offered := h.offer(in); !offered {
		return failureOf(ledger.ErrUnknownBIN)
	}
	return parameter(first.Key + ": " + first.Reason)
}

func (h *Handler) offer(in cardOrder) (ledger.BIN, bool) {
	return h.ledger.FindBIN(in.BIN, cardTypes[in.Type])
}

// complaints finds everything that is wrong with an order.
func (h *Handler) complaints(in cardOrder) []complaint {
	found := []complaint{}
	bin, offered := h.offer(in)
	found = add(found, !offered, "bin", ledger.ErrUnknownBIN.Error())
	found = add(found, in.BatchCount < 1 || in.BatchCount > maxBatch, "batchCount", "must be from 1 to 100")
	found = append(found, in.nameComplaints()...)
	found = add(found, bin.NeedsPhone && in.PhoneCode == "", "phoneCode", "is required for this card bin")
	found = add(found, bin.NeedsPhone && in.Phone == "", "phone", "is required for this card bin")
	found = add(found, bin.Type == ledger.BudgetFunded && in.BudgetID == "", "budgetId", "is required for a budget card")
	return append(found, in.costComplaints(bin)...)
}

func (in cardOrder) nameComplaints() (found []complaint) {
	found = add(found, in.FirstName == "", "firstName", "is required")
	found = add(found, in.LastName == "", "lastName", "is required")
	long := utf8.RuneCountInString(in.FirstName)+utf8.RuneCountInString(in.LastName) > maxNames
	found = add(found, long, "firstName", tooLong)
	return add(found, long, "lastName", tooLong)
}

func (in cardOrder) costComplaints(bin ledger.BIN) (found []complaint) {
	cents := strings.IndexByte(in.Cost.String(), '.') == len(in.Cost.String())-3
	found = add(found, in.Cost.IsNegative() || !cents, "cost", ledger.ErrInvalidAmount.Error())
	return add(found, in.Cost.LessThan(bin.MinFunding), "cost", "cannot be below "+bin.MinFunding.String())
}

func add(found []complaint, wrong bool, key, reason string) []complaint {
	if !wrong {
		return found
	}
	return append(found, complaint{key, reason})
}

// order is the order as the ledger takes it. A budget card holds no balance, so its cost
// is not a funding.
func (in cardOrder) order() ledger.CardOrder {
	o := ledger.CardOrder{
		Type: cardTypes[in.Type], BIN: in.BIN, BudgetID: in.BudgetID, Funding: in.Cost,
		Holder: ledger.Holder{
			FirstName: in.FirstName, LastName: in.LastName,
			Email: in.Email, PhoneCode: in.PhoneCode, Phone: in.Phone,
		},
		Address: in.CardAddress.stored(), Label: in.Label, UseType: in.UseType, ClientID: in.ClientTransactionID,
	}
	if o.Type == ledger.BudgetFunded {
		o.Funding = money.Zero
	}
	return o
}
