package interlace

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/envelope"
	"github.com/card-operator/card-operator/internal/issuer/guard"
	"github.com/card-operator/card-operator/internal/issuer/quantum"
	"github.com/card-operator/card-operator/internal/issuer/session"
	"github.com/card-operator/card-operator/internal/issuer/wire"
)

// The fields of a new cardholder that are the operator's to fill in.
const (
	fieldAccount   = "accountId"
	fieldBIN       = "binId"
	fieldFirstName = "firstName"
	fieldLastName  = "lastName"
	fieldEmail     = "email"
	fieldPhoneCode = "phoneCountryCode"
	fieldPhone     = "phoneNumber"
	fieldAddress   = "address"
)

var ownHolderFields = map[string]bool{
	fieldAccount: true, fieldBIN: true, fieldFirstName: true, fieldLastName: true, fieldEmail: true,
	fieldPhoneCode: true, fieldPhone: true, fieldAddress: true,
}

// ListCardholders implements issuer.Cardholders: GET /cardholders.
func (c *Client) ListCardholders(ctx context.Context) ([]issuer.Holder, error) {
	return session.All(ctx, c.session, session.List[issuer.Holder]{
		Op: "list cardholders", Path: "/cardholders", Rows: wire.RowsOf(wireHolder.port),
		ID: func(h issuer.Holder) string { return h.ID },
	})
}

// CreateCardholder implements issuer.Cardholders: POST /cardholders, which answers the
// Cardholder, or its id alone.
func (c *Client) CreateCardholder(ctx context.Context, permit issuer.Permit, order issuer.HolderOrder) (issuer.Holder, error) {
	const op = "create cardholder"
	if err := guard.IDs(op, order.ProductID, order.ClientID); err != nil {
		return issuer.Holder{}, err
	}
	if problems := c.CheckCardholder(order); len(problems) > 0 {
		return issuer.Holder{}, &issuer.Error{
			Class: issuer.Invalid, Op: op, Message: problems[0].Field + ": " + problems[0].Reason, Problems: problems,
		}
	}
	k := c.order(op, "/cardholders", permit, order.ClientID, c.holderOrder(order), saysOf(order)...)
	k.Secrets = slices.AppendSeq(quantum.HolderSecrets(order.Cardholder), maps.Values(c.options.CardholderFields))
	var made issuer.Holder
	err := c.session.Do(ctx, k, func(a envelope.Answer) (err error) {
		made, err = newHolder(a)
		return err
	})
	if err != nil {
		return issuer.Holder{}, err
	}
	return made, nil
}

// newHolder reads a Cardholder. Of one that only its id is told the review is to come.
func newHolder(a envelope.Answer) (issuer.Holder, error) {
	if len(a.Data) > 0 && a.Data[0] == '{' {
		return wire.Object(a.Data, wireHolder.port)
	}
	id, err := newID(a)
	return issuer.Holder{ID: id, State: issuer.HolderPending}, err
}

// holderOrder writes what is known of a person, and what the account's mode asks for.
func (c *Client) holderOrder(o issuer.HolderOrder) map[string]any {
	body := map[string]any{fieldAccount: c.accountID, fieldBIN: o.ProductID}
	for name, value := range c.options.CardholderFields {
		body[name] = value
	}
	h := o.Cardholder
	for name, value := range map[string]string{
		fieldFirstName: h.FirstName, fieldLastName: h.LastName, fieldEmail: h.Email,
		fieldPhoneCode: plainCode(h.PhoneCountryCode), fieldPhone: h.Phone,
	} {
		if value != "" {
			body[name] = value
		}
	}
	if address := quantum.AddressOf(o.Address); address != nil {
		body[fieldAddress] = address
	}
	return body
}

// saysOf is what tells two orders for one person apart. spec.interlace.cardholderFields is not
// among it: they may be changed while a registration is under way.
func saysOf(o issuer.HolderOrder) []string {
	says := []string{o.ProductID, o.Cardholder.PhoneCountryCode, o.Cardholder.Phone}
	if a := o.Address; a != nil {
		says = append(says, a.Line1, a.Line2, a.City, a.State, a.PostalCode, a.Country)
	}
	return says
}

// plainCode drops the "+" that the document leaves out.
func plainCode(code string) string { return strings.TrimPrefix(code, "+") }

var (
	latinName = regexp.MustCompile(`^[A-Za-z]+$`)
	phoneCode = regexp.MustCompile(`^[0-9]{0,3}$`)
	phoneText = regexp.MustCompile(`^[0-9]{0,15}$`)
)

// CheckCardholder implements issuer.Cardholders: the rules on a person that the document
// states (§4).
func (c *Client) CheckCardholder(order issuer.HolderOrder) []issuer.FieldProblem {
	var problems []issuer.FieldProblem
	h := order.Cardholder
	for _, rule := range []struct {
		field, value string
		form         *regexp.Regexp
		reason       string
	}{
		{"firstName", h.FirstName, latinName, "this issuer takes the letters A to Z alone, without spaces"},
		{"lastName", h.LastName, latinName, "this issuer takes the letters A to Z alone, without spaces"},
		{"phone.countryCode", plainCode(h.PhoneCountryCode), phoneCode, "this issuer takes at most 3 digits"},
		{"phone.number", h.Phone, phoneText, "this issuer takes at most 15 digits"},
	} {
		if !rule.form.MatchString(rule.value) {
			problems = append(problems, issuer.FieldProblem{Field: "spec.cardholder." + rule.field, Reason: rule.reason})
		}
	}
	return problems
}

// CheckCard implements issuer.Cards by what the document says: the issuer has no call for
// it. The address goes with a new cardholder, so there is nowhere to send that of one who
// is named by id.
func (c *Client) CheckCard(_ context.Context, o issuer.CardOrder) ([]issuer.FieldProblem, error) {
	var problems []issuer.FieldProblem
	if o.Address != nil && o.CardholderID != "" && o.Cardholder == (issuer.Cardholder{}) {
		problems = append(problems, issuer.FieldProblem{
			Field: "spec.billingAddress", Reason: "this issuer takes the address with a new cardholder: leave it out beside spec.cardholderId",
		})
	}
	if o.Type == issuer.BudgetCard && o.BudgetID == "" {
		problems = append(problems, issuer.FieldProblem{Field: "spec.budgetRef", Reason: "a budget card needs a budget"})
	}
	return problems, nil
}

// holderStates: a rejected cardholder is INACTIVE. One that the document does not name may
// not have cards yet.
var holderStates = map[string]issuer.HolderState{"active": issuer.HolderActive, "inactive": issuer.HolderInactive}

func (w wireHolder) port() (issuer.Holder, error) {
	if err := wire.RowIDs(w.ID); err != nil {
		return issuer.Holder{}, err
	}
	state, named := holderStates[strings.ToLower(w.Status)]
	if !named {
		state = issuer.HolderPending
	}
	holder := issuer.Holder{
		ID: string(w.ID), State: state, FirstName: string(w.FirstName), LastName: string(w.LastName), Email: string(w.Email),
		RejectReason: issuer.Clean(string(w.Reason.Value)), Address: w.Address.Value.Port(),
	}
	for _, bin := range w.BINs.Value {
		holder.BINs = append(holder.BINs, string(bin))
	}
	return holder, nil
}
