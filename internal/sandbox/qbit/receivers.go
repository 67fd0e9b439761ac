package qbit

import (
	"slices"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// relationships are the values that the document lists (创建收款人).
var relationships = []string{"SAME_ACCOUNT", "ASSOCIATED_SUBJECT", "AGENCY_RELATIONSHIP", "TRADE_RELATIONS"}

// receiverInput is the body of 创建收款人. The sample spells some fields otherwise than
// the table (accountType for type, certificateNo for the two numbers); both are read. The
// status that the sample sends is the issuer's to decide.
type receiverInput struct {
	AccountID       string        `json:"accountId"`
	FirstName       string        `json:"firstName"`
	LastName        string        `json:"lastName"`
	Currency        string        `json:"currency"`
	AccountNumber   string        `json:"accountNumber"`
	Relationship    string        `json:"relationship"`
	ReceiverAddress *addressInput `json:"receiverAddress"`
	BankAddress     *addressInput `json:"bankAddress"`
	BankName        string        `json:"bankName"`
	Type            string        `json:"type"`
	AccountType     string        `json:"accountType"`
	BankBranchName  string        `json:"bankBranchName"`
	IndividualNo    string        `json:"individualNo"`
	BusinessNo      string        `json:"businessNo"`
	CertificateNo   string        `json:"certificateNo"`
	BIC             string        `json:"bic"`
	IBAN            string        `json:"iban"`
	RoutingType     string        `json:"routingType"`
	RoutingNumber   string        `json:"routingNumber"`
}

// receiverRow is the CardReceiver object.
type receiverRow struct {
	ID              string   `json:"id"`
	AccountID       string   `json:"accountId"`
	Status          string   `json:"status"`
	Currency        string   `json:"currency"`
	TransferType    string   `json:"transferType"`
	AccountType     string   `json:"accountType"`
	FirstName       string   `json:"firstName"`
	LastName        string   `json:"lastName"`
	AccountNumber   string   `json:"accountNumber"`
	ReceiverAddress *address `json:"receiverAddress"`
	BankName        string   `json:"bankName"`
	BankAddress     *address `json:"bankAddress"`
	BankBranchName  string   `json:"bankBranchName"`
	CertificateNo   string   `json:"certificateNo"`
	RoutingType     string   `json:"routingType"`
	RoutingNumber   string   `json:"routingNumber"`
	BIC             string   `json:"bic"`
	IBAN            string   `json:"iban"`
}

// listedReceiver is what the list adds.
type listedReceiver struct {
	receiverRow
	ReceiverType string `json:"receiverType"`
}

// createReceiver is 创建收款人. There is no client transaction id.
func (h *Handler) createReceiver(c *call) (any, error) {
	var in receiverInput
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := c.own(in.AccountID); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	r, err := c.book.CreateReceiver(in.payee())
	return short{receiverRowOf(r)}, err
}

// check wants what every receiver has. The per-currency rules are in a sheet behind a
// password, so they are not enforced.
func (in receiverInput) check() error {
	for _, f := range []struct{ name, value string }{
		{"lastName", in.LastName}, {"currency", in.Currency},
		{"accountNumber", in.AccountNumber}, {"bankName", in.BankName},
	} {
		if f.value == "" {
			return parameter(f.name + " is required")
		}
	}
	if in.Relationship != "" && !slices.Contains(relationships, in.Relationship) {
		return parameter("relationship is not one of the listed values")
	}
	return nil
}

func (in receiverInput) payee() ledger.Payee {
	return ledger.Payee{
		Currency: in.Currency, AccountType: in.kind(),
		FirstName: in.FirstName, LastName: in.LastName,
		AccountNumber: in.AccountNumber, Relationship: in.Relationship,
		BankName: in.BankName, BankBranchName: in.BankBranchName,
		IndividualNo: in.IndividualNo, BusinessNo: either(in.BusinessNo, in.CertificateNo),
		BIC: in.BIC, IBAN: in.IBAN, RoutingType: in.RoutingType, RoutingNumber: in.RoutingNumber,
		Address: in.ReceiverAddress.value(), BankAddress: in.BankAddress.value(),
	}
}

// kind is Business or Individual; where neither is said, a payee without a first name is
// a company (lastName: 姓、企业全名).
func (in receiverInput) kind() string {
	switch said := either(in.AccountType, in.Type); {
	case said != "":
		return said
	case in.FirstName == "":
		return "Business"
	default:
		return "Individual"
	}
}

func receiverRowOf(r ledger.Receiver) receiverRow {
	p := r.Payee
	return receiverRow{
		ID: r.ID, AccountID: r.Account, Status: string(r.Status), Currency: p.Currency, TransferType: "Local",
		AccountType: p.AccountType, FirstName: p.FirstName, LastName: p.LastName, AccountNumber: p.AccountNumber,
		ReceiverAddress: addressOf(&p.Address), BankName: p.BankName, BankAddress: addressOf(&p.BankAddress),
		BankBranchName: p.BankBranchName, CertificateNo: either(p.BusinessNo, p.IndividualNo), RoutingType: p.RoutingType, RoutingNumber: p.RoutingNumber,
		BIC: p.BIC, IBAN: p.IBAN,
	}
}

// listReceivers is 获取收款人列表, a flat list.
func (h *Handler) listReceivers(c *call) (any, error) {
	page, err := h.page(c)
	if err != nil {
		return nil, err
	}
	filter := ledger.ReceiverFilter{ID: c.query("id"), Currency: c.query("currency")}
	rows, total := c.book.Receivers(filter, page)
	return list{httpjson.Rows(rows, func(r ledger.Receiver) listedReceiver {
		return listedReceiver{receiverRowOf(r), "QBit"}
	}), total}, nil
}

// withdrawal is the body of 创建提现订单.
type withdrawal struct {
	AccountID           string       `json:"accountId"`
	CardID              string       `json:"cardId"`
	Amount              money.Amount `json:"amount"`
	ClientTransactionID string       `json:"clientTransactionId"`
	ReceiverID          string       `json:"receiverId"`
}

// withdraw is 创建提现订单, the one call whose id the document labels idempotent, so the
// id is required. The document ends before its sample answer; the table says boolean.
func (h *Handler) withdraw(c *call) (any, error) {
	var in withdrawal
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := c.own(in.AccountID); err != nil {
		return nil, err
	}
	if in.ClientTransactionID == "" {
		return nil, parameter("clientTransactionId is required")
	}
	return h.once(c, CallWithdraw, in.ClientTransactionID, in, func() (any, error) {
		_, err := c.book.Withdraw(in.CardID, in.ReceiverID, in.Amount, in.ClientTransactionID)
		return done(), err
	})
}
