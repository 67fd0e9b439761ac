package qbit

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// fields maps the keys of a check's envelope.Answer to the manifest (§5.2).
var fields = map[string]string{
	"firstname":   "spec.cardholder.firstName",
	"lastname":    "spec.cardholder.lastName",
	"email":       "spec.cardholder.email",
	"phonecode":   "spec.cardholder.phone.countryCode",
	"phone":       "spec.cardholder.phone.number",
	"bin":         "spec.bin",
	"provider":    "spec.bin",
	"type":        "spec.type",
	"cost":        "spec.funding",
	"label":       "spec.label",
	"usetype":     "spec.usage",
	"budgetid":    "spec.budgetRef",
	"cardaddress": "spec.billingAddress",
}

// addressFields maps what may follow cardAddress, in both spellings (§13.2).
var addressFields = map[string]string{
	"addressline1": "line1", "address1": "line1", "addressline2": "line2", "address2": "line2",
	"city": "city", "state": "state", "country": "country", "postalcode": "postalCode",
}

const checkOp = "check card"

// CheckCard implements issuer.Cards: the documented rules first, then POST
// /cards/create/check, which has no effect. A server without that path checks nothing.
func (c *Client) CheckCard(ctx context.Context, order issuer.CardOrder) ([]issuer.FieldProblem, error) {
	if problems := documentedRules(order); len(problems) > 0 {
		return problems, nil
	}
	k := session.Read(checkOp, "/cards/create/check", nil)
	k.Method, k.Body, k.Urgent = http.MethodPost, c.cardOrder(order), true
	k.Secrets = append(c.session.Secrets(), quantum.HolderSecrets(order.Cardholder)...)
	var problems []issuer.FieldProblem
	err := c.session.Do(ctx, k, func(a envelope.Answer) (err error) {
		problems, err = readCheck(a, k.Secrets)
		return err
	})
	if noCheck(err) {
		return nil, nil
	}
	return problems, err
}

// noCheck reports that the server does not have the call.
func noCheck(err error) bool {
	var e *issuer.Error
	if !errors.As(err, &e) || e.Op != checkOp {
		return false
	}
	return e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented
}

// documentedRules are the rules on fields that the document states (§5.2).
func documentedRules(o issuer.CardOrder) []issuer.FieldProblem {
	var problems []issuer.FieldProblem
	if h := o.Cardholder; phoneBINs[o.BIN] && (h.Phone == "" || h.PhoneCountryCode == "") {
		problems = append(problems, issuer.FieldProblem{Field: "spec.cardholder.phone", Reason: "BIN " + o.BIN + " needs a phone number"})
	}
	if least := quantum.OpeningAmount(o.Type, o.BIN); o.Opening.LessThan(least) {
		problems = append(problems, issuer.FieldProblem{Field: "spec.funding", Reason: "a card of this BIN opens with at least " + least.String()})
	}
	if o.Type == issuer.BudgetCard && o.BudgetID == "" {
		problems = append(problems, issuer.FieldProblem{Field: "spec.budgetRef", Reason: "a budget card needs a budget"})
	}
	return problems
}

// readCheck reads the array that the text and the sample show, or the boolean that the
// table shows (§13.7).
func readCheck(a envelope.Answer, secrets []string) ([]issuer.FieldProblem, error) {
	if len(a.Data) > 0 && a.Data[0] != '[' {
		if err := envelope.WantTrue(a); !errors.Is(err, envelope.ErrNo) {
			return nil, err
		}
		return []issuer.FieldProblem{{Field: "spec", Reason: "the issuer would refuse this card and names no field"}}, nil
	}
	var rows []struct {
		Key    wire.Text       `json:"key"`
		Reason json.RawMessage `json:"reason"`
	}
	if err := wire.Decode(a.Data, &rows); err != nil {
		return nil, err
	}
	problems := make([]issuer.FieldProblem, 0, len(rows))
	for _, row := range rows {
		var reason string
		_ = json.Unmarshal(row.Reason, &reason) // only a text is a reason
		problems = append(problems, issuer.FieldProblem{
			Field: fieldOf(string(row.Key)), Reason: issuer.Clean(wire.Scrub(reason, secrets)),
		})
	}
	return problems, nil
}

func fieldOf(key string) string {
	head, rest, _ := strings.Cut(strings.ToLower(key), ".")
	path, ok := fields[head]
	if !ok {
		return "issuer field " + issuer.Clean(key)
	}
	if sub, ok := addressFields[rest]; ok && head == "cardaddress" {
		path += "." + sub
	}
	return path
}
