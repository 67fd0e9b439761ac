package qbit

import (
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/wire"
	"github.com/card-operator/card-operator/internal/money"
)

// The objects of §4 as they travel. Fields that nothing above the port needs are left
// out; unknown ones are ignored. What identity or money depends on is strict: a row in
// which it is of another type spoils its list. The rest is lenient.

type wireBIN struct {
	BIN          wire.Word                           `json:"bin"`
	Type         wire.Lenient[wire.Text]             `json:"type"`
	Network      wire.Lenient[wire.Text]             `json:"network"`
	Country      wire.Lenient[wire.Text]             `json:"issuerCountry"`
	Verification wire.Lenient[quantum.Verification]  `json:"verification"`
	Limit        wire.Lenient[quantum.PurchaseLimit] `json:"purchaseLimit"`
}

type wireCard struct {
	ID           wire.Ident              `json:"id"`
	AccountID    wire.Ident              `json:"accountId"`
	Status       string                  `json:"status"`
	Currency     wire.Lenient[wire.Text] `json:"currency"`
	Provider     wire.Word               `json:"provider"`
	Label        wire.Word               `json:"label"`
	BalanceID    wire.Ident              `json:"balanceId"`
	BudgetID     wire.Ident              `json:"budgetId"`
	UserName     wire.Lenient[wire.Text] `json:"userName"`
	QbitLastFour wire.Lenient[wire.Text] `json:"qbitCardNoLastFour"`
	LastFour     wire.Lenient[wire.Text] `json:"cardNoLastFour"`
	CreateTime   wire.Instant            `json:"createTime"`
}

type wireBudget struct {
	ID         wire.Ident   `json:"id"`
	AccountID  wire.Ident   `json:"accountId"`
	Name       wire.Word    `json:"name"`
	Status     string       `json:"status"`
	BalanceID  wire.Ident   `json:"balanceId"`
	CreateTime wire.Instant `json:"createTime"`
}

type wireBalance struct {
	ID        wire.Ident                `json:"id"`
	Available wire.Amount               `json:"available"`
	Pending   wire.Lenient[wire.Amount] `json:"pending"`
	Frozen    wire.Amount               `json:"frozen"`
	Currency  wire.Lenient[wire.Text]   `json:"currency"`
}

// wireMovement is a CardTransaction or a BudgetTransaction.
type wireMovement struct {
	ID         wire.Ident                `json:"id"`
	CardID     wire.Ident                `json:"cardId"`
	BudgetID   wire.Ident                `json:"budgetId"`
	ReceiverID wire.Ident                `json:"receiverId"`
	ClientID   wire.Word                 `json:"clientTransactionId"`
	Type       string                    `json:"type"`
	Status     string                    `json:"status"`
	Amount     wire.Amount               `json:"amount"`
	Fee        wire.Lenient[wire.Amount] `json:"fee"`
	Currency   wire.Lenient[wire.Text]   `json:"currency"`
	At         wire.Instant              `json:"transactionTime"`
}

type wireReceiver struct {
	ID            wire.Ident `json:"id"`
	Status        string     `json:"status"`
	FirstName     wire.Word  `json:"firstName"`
	LastName      wire.Word  `json:"lastName"`
	Currency      wire.Word  `json:"currency"`
	AccountNumber wire.Word  `json:"accountNumber"`
	IBAN          wire.Word  `json:"iban"`
	BIC           wire.Word  `json:"bic"`
	RoutingNumber wire.Word  `json:"routingNumber"`
}

// wireSecrets is bare by the document; one SDK shows cardNo (§9).
type wireSecrets struct {
	QbitCardNo wire.Text `json:"qbitCardNo"`
	CardNo     wire.Text `json:"cardNo"`
	CVV        wire.Text `json:"cvv"`
	ExpYear    wire.Text `json:"expYear"`
	ExpMonth   wire.Text `json:"expMonth"`
}

type wireCardOrder struct {
	BatchCount int              `json:"batchCount"`
	Cost       money.Amount     `json:"cost"`
	Type       string           `json:"type"`
	BIN        string           `json:"bin"`
	Address    *quantum.Address `json:"cardAddress,omitempty"`
	FirstName  string           `json:"firstName,omitempty"`
	LastName   string           `json:"lastName,omitempty"`
	Label      string           `json:"label,omitempty"`
	UseType    string           `json:"useType"`
	PhoneCode  string           `json:"phoneCode,omitempty"`
	Phone      string           `json:"phone,omitempty"`
	Email      string           `json:"email,omitempty"`
	BudgetID   string           `json:"budgetId,omitempty"`
	ClientID   string           `json:"clientTransactionId,omitempty"`
	AccountID  string           `json:"accountId,omitempty"`
}

// wireTransfer is the body of the money calls on a card.
type wireTransfer struct {
	AccountID string       `json:"accountId,omitempty"`
	CardID    string       `json:"cardId"`
	ClientID  string       `json:"clientTransactionId"`
	Cost      money.Amount `json:"cost"`
}

// wireCardRef is the body of suspend, enable and delete.
type wireCardRef struct {
	AccountID string `json:"accountId,omitempty"`
	CardID    string `json:"cardId"`
	ClientID  string `json:"clientTransactionId,omitempty"`
}

type wireBudgetOrder struct {
	Name      string       `json:"name"`
	Cost      money.Amount `json:"cost"`
	AccountID string       `json:"accountId,omitempty"`
}

type wireBudgetTransfer struct {
	BudgetID string       `json:"budgetId"`
	Cost     money.Amount `json:"cost"`
	ClientID string       `json:"clientTransactionId"`
}

type wirePayout struct {
	AccountID  string       `json:"accountId,omitempty"`
	CardID     string       `json:"cardId"`
	Amount     money.Amount `json:"amount"`
	ClientID   string       `json:"clientTransactionId"`
	ReceiverID string       `json:"receiverId"`
}

type wireReceiverOrder struct {
	AccountID       string           `json:"accountId,omitempty"`
	FirstName       string           `json:"firstName"`
	LastName        string           `json:"lastName"`
	Currency        string           `json:"currency"`
	AccountNumber   string           `json:"accountNumber,omitempty"`
	Relationship    string           `json:"relationship,omitempty"`
	ReceiverAddress *quantum.Address `json:"receiverAddress,omitempty"`
	BankAddress     *quantum.Address `json:"bankAddress,omitempty"`
	BankName        string           `json:"bankName,omitempty"`
	Type            string           `json:"type,omitempty"`
	AccountType     string           `json:"accountType,omitempty"`
	BankBranchName  string           `json:"bankBranchName,omitempty"`
	IndividualNo    string           `json:"individualNo,omitempty"`
	BusinessNo      string           `json:"businessNo,omitempty"`
	CertificateNo   string           `json:"certificateNo,omitempty"`
	BIC             string           `json:"bic,omitempty"`
	IBAN            string           `json:"iban,omitempty"`
	RoutingType     string           `json:"routingType,omitempty"`
	RoutingNumber   string           `json:"routingNumber,omitempty"`
}
