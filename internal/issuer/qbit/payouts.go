package qbit

import (
	"context"
	"net/http"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// CreateReceiver implements issuer.Payouts: POST /cards/receiver (§8).
func (c *Client) CreateReceiver(ctx context.Context, permit issuer.Permit, order issuer.ReceiverOrder) (issuer.Receiver, error) {
	k := session.Mutate("create beneficiary", http.MethodPost, c.options.ReceiverPath, permit, c.receiverOrder(order))
	k.Secrets = []string{
		order.AccountNumber.Reveal(), order.IBAN.Reveal(), order.IndividualNo.Reveal(), order.BusinessNo.Reveal(),
	}
	var made issuer.Receiver
	err := c.session.Do(ctx, k, func(a envelope.Answer) (err error) {
		made, err = wire.Object(a.Data, wireReceiver.port)
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
		ReceiverAddress: quantum.AddressOf(o.Address), BankAddress: quantum.AddressOf(o.BankAddress), BankName: o.BankName,
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
	if err := guard.IDs(op, p.CardID, p.ReceiverID, p.ClientID); err != nil {
		return err
	}
	if !p.Amount.IsPositive() {
		return guard.Invalid(op, "a withdrawal needs an amount above 0")
	}
	return c.session.Do(ctx, session.Mutate(op, http.MethodPost, "/cards/withdraw", permit, wirePayout{
		AccountID: c.accountID, CardID: p.CardID, Amount: p.Amount, ClientID: p.ClientID, ReceiverID: p.ReceiverID,
	}), envelope.WantTrue)
}
