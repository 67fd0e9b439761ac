package interlace

import (
	"strconv"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const unlimited = "/"

// binTypes are the names of CardBin.type, and the numbers with Options.NumericNames.
var binTypes = map[ledger.CardType]struct {
	name string
	code int
}{
	ledger.Prepaid:      {"PrepaidCard", 0},
	ledger.BudgetFunded: {"BudgetCard", 1},
}

// binRow is the CardBin object. One number appears once per type, each with its own id.
type binRow struct {
	ID           string   `json:"id"`
	BIN          string   `json:"bin"`
	Type         any      `json:"type"`
	Currencies   []string `json:"currencies"`
	Network      string   `json:"network"`
	Verification struct {
		AVS     bool `json:"avs"`
		ThreeDS bool `json:"threeDs"`
	} `json:"verification"`
	PurchaseLimit struct {
		Day      string `json:"day"`
		Single   string `json:"single"`
		Lifetime string `json:"lifetime"`
	} `json:"purchaseLimit"`
	SupportPhysicalCard bool `json:"supportPhysicalCard"`
}

func (h *Handler) binRowOf(b ledger.BIN) binRow {
	row := binRow{
		ID: b.ID, BIN: b.Number, Type: binTypes[b.Type].name, Currencies: b.Currencies,
		Network: b.Network, SupportPhysicalCard: b.Physical,
	}
	if h.opts.NumericNames {
		row.Type = binTypes[b.Type].code
	}
	if len(b.Currencies) == 0 {
		row.Currencies = []string{ledger.Currency}
	}
	row.Verification.AVS, row.Verification.ThreeDS = b.AVS, b.ThreeDS
	row.PurchaseLimit.Day = orUnlimited(b.DayLimit)
	row.PurchaseLimit.Single = orUnlimited(b.SingleLimit)
	row.PurchaseLimit.Lifetime = orUnlimited(b.LifetimeLimit)
	return row
}

func orUnlimited(limit string) string {
	if limit == "" {
		return unlimited
	}
	return limit
}

// bins lists what the account can issue.
func (h *Handler) bins(c *call) (any, error) {
	page, err := c.page(false)
	if err != nil {
		return nil, err
	}
	all := h.ledger.BINs()
	return h.list(httpjson.Rows(cut(all, page), h.binRowOf), len(all)), nil
}

// cut is a page of rows that the ledger does not page.
func cut[T any](rows []T, p ledger.Page) []T {
	from := min(p.Offset, len(rows))
	return rows[from:min(from+p.Limit, len(rows))]
}

// scenarioRow is the ConsumptionScenario object.
type scenarioRow struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// only is a list of which there is one page, without a total.
type only struct {
	List any `json:"list"`
}

// scenarios lists what BINs are recommended for.
func (h *Handler) scenarios(c *call) (any, error) {
	return only{httpjson.Rows(h.ledger.Scenarios(), func(s ledger.Scenario) scenarioRow {
		return scenarioRow{s.ID, s.Name}
	})}, c.account(false)
}

// recommendation lists the BINs for a scenario, best first.
func (h *Handler) recommendation(c *call) (any, error) {
	if err := c.account(false); err != nil {
		return nil, err
	}
	scenario, err := strconv.Atoi(c.query("scenarioId"))
	if err != nil {
		return nil, parameter("scenarioId must be a number")
	}
	found, err := h.ledger.Recommend(scenario)
	if err != nil {
		return nil, err
	}
	return only{httpjson.Rows(found, h.binRowOf)}, nil
}
