package qbit

import "github.com/card-operator/card-operator/internal/money"

// The objects of §4 as they travel. Fields that nothing above the port needs are left
// out; unknown ones are ignored.

type wireBIN struct {
	BIN          text   `json:"bin"`
	Type         string `json:"type"`
	Network      text   `json:"network"`
	Country      text   `json:"issuerCountry"`
	Verification struct {
		AVS     bool `json:"avs"`
		ThreeDS bool `json:"threeDs"`
	} `json:"verification"`
	Limit struct {
		Day    text `json:"day"`
		Single text `json:"single"`
	} `json:"purchaseLimit"`
}

type wireCard struct {
	ID           string  `json:"id"`
	AccountID    string  `json:"accountId"`
	Status       string  `json:"status"`
	Currency     text    `json:"currency"`
	Provider     text    `json:"provider"`
	Label        text    `json:"label"`
	BalanceID    string  `json:"balanceId"`
	BudgetID     string  `json:"budgetId"`
	QbitLastFour text    `json:"qbitCardNoLastFour"`
	LastFour     text    `json:"cardNoLastFour"`
	CreateTime   instant `json:"createTime"`
}

type wireBudget struct {
	ID         string  `json:"id"`
	AccountID  string  `json:"accountId"`
	Name       text    `json:"name"`
	Status     string  `json:"status"`
	BalanceID  string  `json:"balanceId"`
	CreateTime instant `json:"createTime"`
}

type wireBalance struct {
	ID        string `json:"id"`
	Available amount `json:"available"`
	Pending   amount `json:"pending"`
	Frozen    amount `json:"frozen"`
	Currency  text   `json:"currency"`
}

// wireMovement is a CardTransaction or a BudgetTransaction.
type wireMovement struct {
	ID         string  `json:"id"`
	CardID     string  `json:"cardId"`
	BudgetID   string  `json:"budgetId"`
	ReceiverID string  `json:"receiverId"`
	ClientID   text    `json:"clientTransactionId"`
	Type       string  `json:"type"`
	Status     string  `json:"status"`
	Amount     amount  `json:"amount"`
	Fee        amount  `json:"fee"`
	Currency   text    `json:"currency"`
	At         instant `json:"transactionTime"`
}

type wireReceiver struct {
	ID            string `json:"id"`
	Status        string `json:"status"`
	FirstName     text   `json:"firstName"`
	LastName      text   `json:"lastName"`
	Currency      text   `json:"currency"`
	AccountNumber text   `json:"accountNumber"`
	IBAN          text   `json:"iban"`
	BIC           text   `json:"bic"`
	RoutingNumber text   `json:"routingNumber"`
}

// wireSecrets is bare by the document; one SDK shows cardNo (§9).
type wireSecrets struct {
	QbitCardNo text `json:"qbitCardNo"`
	CardNo     text `json:"cardNo"`
	CVV        text `json:"cvv"`
	ExpYear    text `json:"expYear"`
	ExpMonth   text `json:"expMonth"`
}

// wireAddress is sent as addressLine1/2 everywhere; the check's sample alone says
// address1/2 (§13.2).
type wireAddress struct {
	Line1      string `json:"addressLine1"`
	Line2      string `json:"addressLine2"`
	City       string `json:"city"`
	State      string `json:"state"`
	Country    string `json:"country"`
	PostalCode string `json:"postalCode"`
}

type wireCardOrder struct {
	BatchCount int          `json:"batchCount"`
	Cost       money.Amount `json:"cost"`
	Type       string       `json:"type"`
	BIN        string       `json:"bin"`
	Address    *wireAddress `json:"cardAddress,omitempty"`
	FirstName  string       `json:"firstName,omitempty"`
	LastName   string       `json:"lastName,omitempty"`
	Label      string       `json:"label,omitempty"`
	UseType    string       `json:"useType"`
	PhoneCode  string       `json:"phoneCode,omitempty"`
	Phone      string       `json:"phone,omitempty"`
	Email      string       `json:"email,omitempty"`
	BudgetID   string       `json:"budgetId,omitempty"`
	ClientID   string       `json:"clientTransactionId,omitempty"`
	AccountID  string       `json:"accountId,omitempty"`
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
	AccountID       string       `json:"accountId,omitempty"`
	FirstName       string       `json:"firstName"`
	LastName        string       `json:"lastName"`
	Currency        string       `json:"currency"`
	AccountNumber   string       `json:"accountNumber,omitempty"`
	Relationship    string       `json:"relationship,omitempty"`
	ReceiverAddress *wireAddress `json:"receiverAddress,omitempty"`
	BankAddress     *wireAddress `json:"bankAddress,omitempty"`
	BankName        string       `json:"bankName,omitempty"`
	Type            string       `json:"type,omitempty"`
	AccountType     string       `json:"accountType,omitempty"`
	BankBranchName  string       `json:"bankBranchName,omitempty"`
	IndividualNo    string       `json:"individualNo,omitempty"`
	BusinessNo      string       `json:"businessNo,omitempty"`
	CertificateNo   string       `json:"certificateNo,omitempty"`
	BIC             string       `json:"bic,omitempty"`
	IBAN            string       `json:"iban,omitempty"`
	RoutingType     string       `json:"routingType,omitempty"`
	RoutingNumber   string       `json:"routingNumber,omitempty"`
}
