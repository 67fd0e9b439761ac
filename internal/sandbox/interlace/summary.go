package interlace

import (
	"slices"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// noLimit is the type that takes every limit away (不限).
const noLimit = "NA"

// intervals are the values of TransactionLimits.type, but for noLimit.
var intervals = []ledger.Interval{
	ledger.PerDay, ledger.PerWeek, ledger.PerMonth, ledger.PerQuarter, ledger.PerYear,
	ledger.PerLifetime, ledger.PerTransaction,
}

// summaryRow is a card with its balance and its limit. Of statistics only the name was
// seen, so it holds what the card has spent.
type summaryRow struct {
	CardID          string        `json:"cardId"`
	AccountID       string        `json:"accountId"`
	Balance         balanceRow    `json:"balance"`
	Statistics      statisticsRow `json:"statistics"`
	VelocityControl velocityRow   `json:"velocityControl"`
}

type statisticsRow struct {
	Consumption string `json:"consumption"`
}

// velocityRow is a limit and what is left of it.
type velocityRow struct {
	Type      string `json:"type"`
	Limit     string `json:"limit"`
	Available string `json:"available"`
}

func (h *Handler) cardSummary(c *call) (any, error) {
	if err := c.account(false); err != nil {
		return nil, err
	}
	card, err := c.book.Card(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	allowances, err := c.book.Allowances(card.ID)
	if err != nil {
		return nil, err
	}
	return summaryRow{
		CardID: card.ID, AccountID: card.Account,
		Balance:    balanceRowOf(card.BalanceID, held(c, card.BalanceID)[card.BalanceID]),
		Statistics: statisticsRow{plain(consumed(c, card.ID))}, VelocityControl: h.velocityOf(allowances),
	}, nil
}

// velocityOf shows one limit, as the object does: the one with the least left.
func (h *Handler) velocityOf(rows []ledger.Allowance) velocityRow {
	if len(rows) == 0 {
		return velocityRow{noLimit, "0", "0"}
	}
	least := slices.MinFunc(rows, func(a, b ledger.Allowance) int { return a.Left.Cmp(b.Left) })
	return velocityRow{h.enum(string(least.Interval)), plain(least.Amount), plain(least.Left)}
}

func consumed(c *call, cardID string) money.Amount {
	rows, _ := c.book.Movements(ledger.MovementFilter{
		CardID: cardID, Kinds: []ledger.Kind{ledger.KindConsumption},
	}, ledger.Page{})
	sum := money.Zero
	for _, m := range rows {
		sum = sum.Add(m.Amount)
	}
	return sum
}

// velocityControl sets the limit of a type; NA with the limit "0" takes all away. Whether
// a card can have several is not said: Options.SingleLimit.
func (h *Handler) velocityControl(c *call) (any, error) {
	var in struct {
		AccountID, Type string
		Limit           decimal
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := c.own(in.AccountID); err != nil {
		return nil, err
	}
	change, err := h.change(in.Type, in.Limit)
	if err != nil {
		return nil, err
	}
	card, err := c.book.ChangeLimits(c.PathValue("id"), change)
	if err != nil {
		return nil, err
	}
	return h.one(card), nil
}

// change is what a type and a limit make of a card's limits.
func (h *Handler) change(kind string, limit decimal) (func([]ledger.Limit) []ledger.Limit, error) {
	if !limit.sent {
		return nil, parameter("limit is required")
	}
	if matches(kind, noLimit) && kind != "" {
		if !limit.IsZero() {
			return nil, parameter("limit must be 0 for the type NA")
		}
		return func([]ledger.Limit) []ledger.Limit { return nil }, nil
	}
	at := slices.IndexFunc(intervals, func(i ledger.Interval) bool { return kind != "" && matches(kind, string(i)) })
	if at < 0 {
		return nil, parameter("type must be DAY, WEEK, MONTH, QUARTER, YEAR, LIFETIME, TRANSACTION or NA")
	}
	return func(limits []ledger.Limit) []ledger.Limit {
		limits = slices.DeleteFunc(limits, func(l ledger.Limit) bool {
			return h.opts.SingleLimit || l.Interval == intervals[at]
		})
		return append(limits, ledger.Limit{Interval: intervals[at], Amount: limit.Amount})
	}, nil
}

// walletTypes are the values of CardWallet.walletType.
var walletTypes = map[ledger.PurseKind]int{
	ledger.PurseWallet: 0,
	ledger.PurseBudget: 1,
	ledger.PurseCard:   2,
}

// walletRow is the CardWallet object.
type walletRow struct {
	ID         string `json:"id"`
	AccountID  string `json:"accountId"`
	CreateTime string `json:"createTime"`
	Currency   string `json:"currency"`
	Available  string `json:"available"`
	WalletType int    `json:"walletType"`
}

func walletRowOf(b ledger.Balance) walletRow {
	return walletRow{
		ID: b.ID, AccountID: b.Account, CreateTime: ms(b.Created), Currency: ledger.Currency,
		Available: b.Available.String(), WalletType: walletTypes[b.Kind],
	}
}

// wallets lists the balances of the account, its budgets and its prepaid cards. Cards hold
// theirs by balanceId; budget cards hold none.
func (h *Handler) wallets(c *call) (any, error) {
	page, err := c.page(false)
	if err != nil {
		return nil, err
	}
	rows, total := c.book.Balances(ledger.BalanceFilter{Holding: true}, page)
	return h.list(httpjson.Rows(rows, walletRowOf), total), nil
}
