package qbit

import "github.com/card-operator/card-operator/internal/money"

// The objects of §4 as they travel. Fields that nothing above the port needs are left
// out; unknown ones are ignored. What identity or money depends on is strict: a row in
// which it is of another type spoils its list. The rest is lenient.

type wireBIN struct {
	BIN          word          `json:"bin"`
	Type         lenient[text] `json:"type"`
	Network      lenient[text] `json:"network"`
	Country      lenient[text] `json:"issuerCountry"`
	Verification lenient[struct {
		AVS     lenient[bool] `json:"avs"`
		ThreeDS lenient[bool] `json:"threeDs"`
	}] `json:"verification"`
	Limit lenient[struct {
		Day    lenient[text] `json:"day"`
		Single lenient[text] `json:"single"`
	}] `json:"purchaseLimit"`
}

type wireCard struct {
	ID           ident         `json:"id"`
	AccountID    ident         `json:"accountId"`
	Status       string        `json:"status"`
	Currency     lenient[text] `json:"currency"`
	Provider     word          `json:"provider"`
	Label        word          `json:"label"`
	BalanceID    ident         `json:"balanceId"`
	BudgetID     ident         `json:"budgetId"`
	QbitLastFour lenient[text] `json:"qbitCardNoLastFour"`
	LastFour     lenient[text] `json:"cardNoLastFour"`
	CreateTime   instant       `json:"createTime"`
}

type wireBudget struct {
	ID         ident   `json:"id"`
	AccountID  ident   `json:"accountId"`
	Name       word    `json:"name"`
	Status     string  `json:"status"`
	BalanceID  ident   `json:"balanceId"`
	CreateTime instant `json:"createTime"`
}

type wireBalance struct {
	ID        ident           `json:"id"`
	Available amount          `json:"available"`
	Pending   lenient[amount] `json:"pending"`
	Frozen    amount          `json:"frozen"`
	Currency  lenient[text]   `json:"currency"`
}

// wireMovement is a CardTransaction or a BudgetTransaction.
type wireMovement struct {
	ID         ident           `json:"id"`
	CardID     ident           `json:"cardId"`
	BudgetID   ident           `json:"budgetId"`
	ReceiverID ident           `json:"receiverId"`
	ClientID   word            `json:"clientTransactionId"`
	Type       string          `json:"type"`
	Status     string          `json:"status"`
	Amount     amount          `json:"amount"`
	Fee        lenient[amount] `json:"fee"`
	Currency   lenient[text]   `json:"currency"`
	At         instant         `json:"transactionTime"`
}

type wireReceiver struct {
	ID            ident  `json:"id"`
	Status        string `json:"status"`
	FirstName     word   `json:"firstName"`
	LastName      word   `json:"lastName"`
	Currency      word   `json:"currency"`
	AccountNumber word   `json:"accountNumber"`
	IBAN          word   `json:"iban"`
	BIC           word   `json:"bic"`
	RoutingNumber word   `json:"routingNumber"`
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
