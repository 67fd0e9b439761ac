package qitech

import (
	"cmp"
	"net/http"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// currency is what the samples print. The sandbox has one currency, whatever its name.
const currency = "BRL"

const purchaseType = "purchase"

// purchaseOrder is the body of a simulated purchase; what a merchant's city, region, postal
// code and category are changes nothing here.
type purchaseOrder struct {
	CardKey      string       `json:"card_key"`
	Type         string       `json:"authorization_type"`
	MerchantName string       `json:"merchant_name"`
	Amount       money.Amount `json:"amount"`
}

// verdict is its answer.
type verdict struct {
	IsApproved   bool          `json:"is_approved"`
	ResponseCode string        `json:"response_code"`
	LimitAmount  *money.Amount `json:"limit_amount"`
}

// responseCodes are ISO 8583's; any other refusal is 05, do not honour.
var responseCodes = map[ledger.Decline]string{
	ledger.Approved: "00", ledger.DeclineAmount: "13", ledger.DeclineFunds: "51", ledger.DeclineExpired: "54",
	ledger.DeclineFrozen: "62", ledger.DeclineControl: "62", ledger.DeclineInactive: "62",
}

const doNotHonour = "05"

// purchase pays with a card as a merchant would, on the issuer's side.
func (h *Handler) purchase(c *call) (reply, error) {
	in := purchaseOrder{Amount: money.Must("1")}
	err := strict(c.body, &in, []string{"card_key", "authorization_type"},
		"merchant_name", "merchant_city", "merchant_region", "merchant_postal_code", "merchant_mcc", "amount")
	if err != nil {
		return reply{}, err
	}
	if in.Type != purchaseType {
		return reply{}, fail(CodeSchema, "authorization_type is not purchase.")
	}
	card, err := c.walletCard(in.CardKey)
	if err != nil {
		return reply{}, failureOf(err, in.CardKey)
	}
	cvv, _ := card.CVVAt(h.opts.Clock.Now())
	receipt := h.ledger.Pay(ledger.Payment{
		PAN: card.PAN, CVV: cvv, ExpMonth: card.ExpMonth, ExpYear: card.ExpYear, Amount: in.Amount, Merchant: in.MerchantName,
	})
	return reply{http.StatusOK, verdict{
		IsApproved: receipt.Decline == ledger.Approved, ResponseCode: cmp.Or(responseCodes[receipt.Decline], doNotHonour),
	}}, nil
}

// authorization is a purchase that was approved.
type authorization struct {
	Key                    string       `json:"authorization_key"`
	MerchantCurrency       string       `json:"merchant_currency_code"`
	OriginalMerchantAmount money.Amount `json:"original_merchant_amount"`
	BillingCurrency        string       `json:"billing_currency_code"`
	OriginalBillingAmount  money.Amount `json:"original_billing_amount"`
	MerchantAmount         money.Amount `json:"merchant_amount"`
	IOF                    money.Amount `json:"iof_amount"`
	BillingAmount          money.Amount `json:"billing_amount"`
	ProcessedAt            string       `json:"processing_datetime"`
	CapturedAmount         money.Amount `json:"captured_amount"`
	Status                 string       `json:"authorization_status"`
}

func authorizationOf(m ledger.Movement) authorization {
	return authorization{
		Key: m.ID, MerchantCurrency: currency, BillingCurrency: currency, Status: "completed", ProcessedAt: millisecond(m.Time),
		OriginalMerchantAmount: m.Amount, OriginalBillingAmount: m.Amount,
		MerchantAmount: m.Amount, BillingAmount: m.Amount, CapturedAmount: m.Amount,
	}
}

// authorizations lists what a card has paid, newest first. Both dates are days in UTC and
// belong to the period.
func (h *Handler) authorizations(c *call) (reply, error) {
	card, err := c.walletCard(c.card())
	if err != nil {
		return reply{}, err
	}
	page, shown, err := h.page(c.URL.Query())
	if err != nil {
		return reply{}, err
	}
	filter := ledger.MovementFilter{CardID: card.ID, Kinds: []ledger.Kind{ledger.KindConsumption}}
	if filter.From, err = day(c.URL.Query().Get("from_date")); err != nil {
		return reply{}, err
	}
	if filter.To, err = day(c.URL.Query().Get("to_date")); err != nil {
		return reply{}, err
	}
	if !filter.To.IsZero() {
		filter.To = filter.To.AddDate(0, 0, 1).Add(-time.Nanosecond)
	}
	found, _ := c.book.Movements(filter, page)
	return reply{http.StatusOK, rowsOf(shown, found, authorizationOf)}, nil
}

func day(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return d, fail(CodeSchema, "A date is not YYYY-MM-DD.")
	}
	return d, nil
}
