package ledger

import (
	"errors"
	"strings"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// CardOrder asks for cards.
type CardOrder struct {
	Type      CardType
	BIN       string
	BudgetID  string // for budget-funded cards
	Funding   money.Amount
	Holder    Holder
	Address   *Address
	Label     string
	UseType   string
	Reference string
	ClientID  string

	HolderID        string // the cardholder that must be active; empty is none
	UniqueReference bool   // refuse a Reference that an earlier such order had

	CVVInterval time.Duration // how often the CVV is renewed; 0 is never
}

// ErrIssuingRefused is the reason of an order that was accepted and then refused.
var ErrIssuingRefused = errors.New("cardholder was refused")

// OrderCards accepts an order of count cards, which appear after the IssuingDelay, and
// returns its request id. Funds are looked at now and taken when each card is issued.
func (b Book) OrderCards(order CardOrder, count int) (string, error) {
	request := b.l.rand.UUID()
	err := b.l.do(func(now time.Time) error {
		if err := b.acceptable(order, count); err != nil {
			return err
		}
		b.claim(order)
		for range count {
			b.l.after(now, b.l.opts.IssuingDelay, func(at time.Time) { b.issueOrRefuse(order, request, at) })
		}
		return nil
	})
	return request, err
}

// IssueCard issues one card at once, for the dialects that answer with it.
func (b Book) IssueCard(order CardOrder) (Card, error) {
	var made Card
	err := b.l.do(func(now time.Time) error {
		if err := b.acceptable(order, 1); err != nil {
			return err
		}
		card, err := b.issue(order, b.l.rand.UUID(), now)
		if err == nil {
			b.claim(order)
			made = *card
		}
		return err
	})
	return made, err
}

func (b Book) acceptable(order CardOrder, count int) error {
	if _, ok := b.l.FindBIN(order.BIN, order.Type); !ok {
		return ErrUnknownBIN
	}
	if !validFunding(order.Funding) {
		return ErrInvalidAmount
	}
	if err := b.approved(order); err != nil {
		return err
	}
	if err := b.unclaimed(order); err != nil {
		return err
	}
	source, err := b.payer(order)
	if err != nil {
		return err
	}
	need := money.Zero
	for range count {
		need = need.Add(b.priceOf(order))
	}
	if b.l.amount(source).LessThan(need) {
		return ErrInsufficientFunds
	}
	return nil
}

// payer is the purse that a new card is paid from: fees of budget-funded cards come from
// their budget.
func (b Book) payer(order CardOrder) (Purse, error) {
	if order.Type != BudgetFunded {
		return b.wallet(), nil
	}
	budget, err := b.activeBudget(order.BudgetID)
	if err != nil {
		return Purse{}, err
	}
	return budget.purse(), nil
}

func (b Book) priceOf(order CardOrder) money.Amount {
	if order.Type == Prepaid {
		return b.l.opts.IssuanceFee.Add(order.Funding)
	}
	return b.l.opts.IssuanceFee
}

func (b Book) issueOrRefuse(order CardOrder, request string, now time.Time) {
	_, err := b.issue(order, request, now)
	if err != nil {
		b.disclaim(order)
		b.l.refusals = append(b.l.refusals, Refusal{b.account, request, order.Label, err.Error(), now})
	}
}

func (b Book) issue(order CardOrder, request string, now time.Time) (*Card, error) {
	source, err := b.payer(order)
	if err != nil {
		return nil, err
	}
	if strings.Contains(order.Holder.LastName, refuse) {
		return nil, ErrIssuingRefused
	}
	if b.l.amount(source).LessThan(b.priceOf(order)) {
		return nil, ErrInsufficientFunds
	}
	card := b.newCard(order, request, now)
	if err := b.charge(card, source, order, now); err != nil {
		return nil, err
	}
	b.l.cards.add(card.ID, card)
	b.l.byPAN[card.PAN.Reveal()] = card
	b.l.addBalance(card.BalanceID, card.purse(Available), now)
	return card, nil
}

// charge takes the fee and, for a prepaid card, its first funding. These movements carry
// no client id: the issuer made them.
func (b Book) charge(card *Card, source Purse, order CardOrder, now time.Time) error {
	if fee := b.l.opts.IssuanceFee; fee.IsPositive() {
		m := Movement{Account: b.account, Kind: KindIssuanceFee, Amount: fee, CardID: card.ID, BudgetID: card.BudgetID}
		if _, err := b.l.record(m, now, leg{source, b.fees(), fee}); err != nil {
			return err
		}
	}
	if card.Type != Prepaid || order.Funding.IsZero() {
		return nil
	}
	m := Movement{Account: b.account, Kind: KindCardIn, Amount: order.Funding, CardID: card.ID}
	_, err := b.l.record(m, now, leg{source, card.purse(Available), order.Funding})
	return err
}

func (b Book) newCard(order CardOrder, request string, now time.Time) *Card {
	pan := b.unusedPAN(order.BIN)
	month, year := expiry(now)
	card := &Card{
		ID: b.l.rand.UUID(), Account: b.account, Token: b.l.rand.UUID(), BalanceID: b.l.rand.UUID(),
		Type: order.Type, BIN: order.BIN, State: Active, Holder: order.Holder, Label: order.Label,
		UseType: order.UseType, Reference: order.Reference, Address: order.Address,
		PAN: NewSecret(pan), CVV: NewSecret(b.l.rand.Digits(cvvLength)), LastFour: pan[len(pan)-4:],
		ExpMonth: month, ExpYear: year, Created: now, RequestID: request, ClientID: order.ClientID,
		CVVInterval: order.CVVInterval, HolderID: order.HolderID,
	}
	if order.Type == BudgetFunded {
		card.BudgetID = order.BudgetID
	}
	return card
}

func (b Book) unusedPAN(bin string) string {
	pan := newPAN(b.l.rand, bin)
	for b.l.byPAN[pan] != nil {
		pan = newPAN(b.l.rand, bin)
	}
	return pan
}
