package interlace

import (
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// The objects of §4 as they travel. Fields that nothing above the port needs are left
// out, a card's address under its three names among them; unknown ones are ignored. What
// identity or money depends on is strict: a row in which it is of another type spoils its
// list. The rest is lenient.

type wireBIN struct {
	ID           wire.Ident                          `json:"id"`
	BIN          wire.Word                           `json:"bin"`
	Type         wire.Lenient[wire.Text]             `json:"type"`
	Currencies   wire.Lenient[[]wire.Text]           `json:"currencies"`
	Network      wire.Lenient[wire.Text]             `json:"network"`
	Verification wire.Lenient[quantum.Verification]  `json:"verification"`
	Limit        wire.Lenient[quantum.PurchaseLimit] `json:"purchaseLimit"`
	Physical     wire.Lenient[bool]                  `json:"supportPhysicalCard"`
}

type wireCard struct {
	ID           wire.Ident                `json:"id"`
	AccountID    wire.Ident                `json:"accountId"`
	Status       string                    `json:"status"`
	Currency     wire.Lenient[wire.Text]   `json:"currency"`
	BIN          wire.Word                 `json:"bin"`
	LastFour     wire.Lenient[wire.Text]   `json:"cardLastFour"`
	Label        wire.Word                 `json:"label"`
	Reference    wire.Word                 `json:"referenceId"`
	BalanceID    wire.Ident                `json:"balanceId"`
	BudgetID     wire.Ident                `json:"budgetId"`
	CardholderID wire.Ident                `json:"cardholderId"`
	UserName     wire.Lenient[wire.Text]   `json:"userName"`
	CreateTime   wire.Instant              `json:"createTime"`
	Limits       wire.Lenient[[]wireLimit] `json:"transactionLimits"`
}

type wireLimit struct {
	Type  wire.Lenient[wire.Text]   `json:"type"`
	Value wire.Lenient[wire.Amount] `json:"value"`
}

type wireBudget struct {
	ID         wire.Ident   `json:"id"`
	AccountID  wire.Ident   `json:"accountId"`
	Name       wire.Word    `json:"name"`
	Status     string       `json:"status"`
	CreateTime wire.Instant `json:"createTime"`
	Balance    *wireBalance `json:"balance"`
}

// wireBalance is a CardWallet, or the balance within a Budget.
type wireBalance struct {
	ID        wire.Ident              `json:"id"`
	Available wire.Amount             `json:"available"`
	Currency  wire.Lenient[wire.Text] `json:"currency"`
}

// wireSummary is what a card holds. What it may spend and has spent is left out.
type wireSummary struct {
	CardID  wire.Ident   `json:"cardId"`
	Balance *wireBalance `json:"balance"`
}

// wireMovement is a CardTransaction or a BudgetTransaction. The type is a code in one and
// a name or a code in the other, and one code does not mean the same in both.
type wireMovement struct {
	ID         wire.Ident                `json:"id"`
	CardID     wire.Ident                `json:"cardId"`
	BudgetID   wire.Ident                `json:"budgetId"`
	ClientID   wire.Word                 `json:"clientTransactionId"`
	Type       wire.Word                 `json:"type"`
	Status     string                    `json:"status"`
	Amount     wire.Amount               `json:"amount"`
	Fee        wire.Lenient[wire.Amount] `json:"fee"`
	Currency   wire.Lenient[wire.Text]   `json:"currency"`
	At         wire.Instant              `json:"transactionTime"`
	CreateTime wire.Instant              `json:"createTime"`
}

type wireHolder struct {
	ID        wire.Ident                `json:"id"`
	Status    string                    `json:"status"`
	FirstName wire.Word                 `json:"firstName"`
	LastName  wire.Word                 `json:"lastName"`
	Email     wire.Word                 `json:"email"`
	BINs      wire.Lenient[[]wire.Text] `json:"cardBinList"`
	Reason    wire.Lenient[wire.Text]   `json:"rejectReason"`
	// Address is optional, and only shown.
	Address wire.Lenient[quantum.Address] `json:"address"`
}

type wireScenario struct {
	ID   wire.Ident `json:"id"`
	Name wire.Word  `json:"name"`
}

// wirePrivate is a CardPrivateInfo: four fields encrypted, two plain (§6).
type wirePrivate struct {
	PAN      wire.Text `json:"pan"`
	CVV      wire.Text `json:"cvv"`
	ExpYear  wire.Text `json:"expYear"`
	ExpMonth wire.Text `json:"expMonth"`
	BIN      wire.Text `json:"bin"`
	LastFour wire.Text `json:"cardLastFour"`
}

type wireCardOrder struct {
	AccountID    string `json:"accountId"`
	BINID        string `json:"binId"`
	CardholderID string `json:"cardholderId"`
	Reference    string `json:"referenceId"`
	CardMode     string `json:"cardMode"`
	Label        string `json:"label"`
	UseType      string `json:"useType,omitempty"`
	Amount       string `json:"amount,omitempty"`
	BudgetID     string `json:"budgetId,omitempty"`
}

// wireTransfer is the body of the money calls; the budget is in the path.
type wireTransfer struct {
	AccountID string `json:"accountId"`
	CardID    string `json:"cardId,omitempty"`
	ClientID  string `json:"clientTransactionId"`
	Amount    string `json:"amount"`
}

type wireBudgetOrder struct {
	AccountID string `json:"accountId"`
	Name      string `json:"name"`
	Amount    string `json:"amount,omitempty"`
}

// wireVelocity sets one limit of a card.
type wireVelocity struct {
	AccountID string `json:"accountId"`
	Type      string `json:"type"`
	Limit     string `json:"limit"`
}
