package qbit

import (
	"context"
	"net/http"

	"github.com/card-operator/card-operator/internal/issuer"
)

// CreateReceiver implements issuer.Payouts: POST /cards/receiver (§8).
func (c *Client) CreateReceiver(ctx context.Context, permit issuer.Permit, order issuer.ReceiverOrder) (issuer.Receiver, error) {
	k := mutate("create beneficiary", http.MethodPost, c.options.ReceiverPath, permit, c.receiverOrder(order))
	k.secrets = []string{
		order.AccountNumber.Reveal(), order.IBAN.Reveal(), order.IndividualNo.Reveal(), order.BusinessNo.Reveal(),
	}
	var made issuer.Receiver
	err := c.do(ctx, k, func(a answer) (err error) {
		var wire wireReceiver
		if err := decode(a.data, &wire); err != nil {
			return err
		}
		made, err = wire.port()
		return err
	})
	if err != nil {
		return issuer.Receiver{}, err
	}
	return made, nil
}

// receiverOrder writes the names of the document's table, or those of its sample.
func (c *Client) receiverOrder(o issuer.ReceiverOrder) wireReceiverOrder {
	w := wireReceiverOrder{
		AccountID: c.accountID, FirstName: o.FirstName, LastName: o.LastName, Currency: o.Currency,
		AccountNumber: o.AccountNumber.Reveal(), Relationship: o.Relationship,
		ReceiverAddress: addressOf(o.Address), BankAddress: addressOf(o.BankAddress), BankName: o.BankName,
		BankBranchName: o.BankBranchName, BIC: o.BIC, IBAN: o.IBAN.Reveal(),
		RoutingType: o.RoutingType, RoutingNumber: o.RoutingNumber,
	}
	if !c.options.ReceiverSampleNames {
		w.Type, w.IndividualNo, w.BusinessNo = o.AccountType, o.IndividualNo.Reveal(), o.BusinessNo.Reveal()
		return w
	}
	w.AccountType, w.CertificateNo = o.AccountType, o.IndividualNo.Reveal()
	if w.CertificateNo == "" {
		w.CertificateNo = o.BusinessNo.Reveal()
	}
	return w
}

// Withdraw implements issuer.Payouts: POST /cards/withdraw, the one call whose client
// transaction id the document calls idempotent.
func (c *Client) Withdraw(ctx context.Context, permit issuer.Permit, p issuer.Payout) error {
	const op = "withdraw"
	if err := checkIDs(op, p.CardID, p.ReceiverID, p.ClientID); err != nil {
		return err
	}
	if !p.Amount.IsPositive() {
		return invalid(op, "a withdrawal needs an amount above 0")
	}
	return c.do(ctx, mutate(op, http.MethodPost, "/cards/withdraw", permit, wirePayout{
		AccountID: c.accountID, CardID: p.CardID, Amount: p.Amount, ClientID: p.ClientID, ReceiverID: p.ReceiverID,
	}), wantTrue)
}
