package interlace

import (
	"errors"
	"net/http"

	"github.com/card-operator/card-operator/internal/id"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
	"github.com/card-operator/card-operator/internal/money"
)

// Errors of answers that say something else than was asked.
var (
	errOtherID       = errors.New("the answer is about another object")
	errNoMovement    = errors.New("the answer names no transaction")
	errOtherMovement = errors.New("the answer is about another movement, or another amount")
	errFailed        = errors.New("the answer shows the movement as failed")
)

// order is a call with an effect that the issuer has once for each key, as long as the
// body names the account (§7). The key is made of the intent's id, the path and what the order
// says, so that another order under the same id, after a refusal, has a key of its own: an
// issuer may remember the first body for 90 days. says are fields that are fixed while the
// intent is open, by the claim or by the rules of the CRD, as they stand in the order and not
// in the JSON: a repeat must have the same key.
func (c *Client) order(op, path string, permit issuer.Permit, intentID string, body any, says ...string) session.Call {
	k := session.Mutate(op, http.MethodPost, path, permit, body)
	k.Key = id.Order(intentID, append([]string{path}, says...)...)
	return k
}

// confirmed reads the answer to a call that sets a state and may be repeated: the object,
// true, or nothing beside the code of success. false refuses.
func confirmed(object string) func(envelope.Answer) error {
	return func(a envelope.Answer) error {
		switch {
		case a.Data == nil:
			return nil
		case a.Data[0] != '{':
			return envelope.WantTrue(a)
		}
		var row struct {
			ID wire.Ident `json:"id"`
		}
		err := wire.Decode(a.Data, &row)
		if err == nil && row.ID != "" && string(row.ID) != object {
			return errOtherID
		}
		return err
	}
}

// echoed reads the transaction that a transfer is answered with. Whatever is not exactly
// what was ordered, done or under way, leaves the transfer unclear: the ledger tells.
func echoed(t issuer.Transfer, port func(wireMovement) (issuer.Movement, error), owner func(issuer.Movement) string) func(envelope.Answer) error {
	return func(a envelope.Answer) error {
		m, err := wire.Object(a.Data, port)
		switch {
		case errors.Is(err, wire.ErrNoData):
			return errNoMovement
		case err != nil:
			return err
		case !sameOrNone(m.ClientID, t.ClientID), !sameOrNone(owner(m), t.ObjectID), !m.Amount.Equal(t.Amount):
			return errOtherMovement
		case m.Status == issuer.MovementFailed:
			return errFailed
		}
		return nil
	}
}

func sameOrNone(got, want string) bool { return got == "" || got == want }

// amountText is an amount as it is sent: a decimal string.
func amountText(a money.Amount) string { return a.Number().String() }
