package interlace

import (
	"regexp"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

var (
	latinName = regexp.MustCompile(`^[A-Za-z]{1,64}$`)
	emailText = regexp.MustCompile(`^[^@\s]{1,64}@[^@\s]{1,255}$`)
	phoneCode = regexp.MustCompile(`^([0-9]{1,3})?$`)
	phoneText = regexp.MustCompile(`^([0-9]{1,15})?$`)
)

// address is an Address.
type address struct {
	AddressLine1 string `json:"addressLine1"`
	AddressLine2 string `json:"addressLine2"`
	City         string `json:"city"`
	State        string `json:"state"`
	Country      string `json:"country"`
	PostalCode   string `json:"postalCode"`
}

func addressOf(a *ledger.Address) *address {
	if a == nil {
		return nil
	}
	return &address{
		AddressLine1: a.Line1, AddressLine2: a.Line2, City: a.City,
		State: a.State, Country: a.Country, PostalCode: a.PostalCode,
	}
}

func (a *address) stored() *ledger.Address {
	if a == nil {
		return nil
	}
	return &ledger.Address{
		Line1: a.AddressLine1, Line2: a.AddressLine2, City: a.City,
		State: a.State, PostalCode: a.PostalCode, Country: a.Country,
	}
}

// cardholderRow is the Cardholder object.
type cardholderRow struct {
	ID               string   `json:"id"`
	Status           string   `json:"status"`
	AccountID        string   `json:"accountId"`
	FirstName        string   `json:"firstName"`
	LastName         string   `json:"lastName"`
	UserName         string   `json:"userName"`
	Email            string   `json:"email"`
	PhoneCountryCode string   `json:"phoneCountryCode"`
	PhoneNumber      string   `json:"phoneNumber"`
	RejectReason     string   `json:"rejectReason,omitempty"`
	CardBINList      []string `json:"cardBinList"`
	Address          *address `json:"address,omitempty"`
}

func (h *Handler) cardholderRowOf(c ledger.Cardholder) cardholderRow {
	return cardholderRow{
		ID: c.ID, Status: h.enum(string(c.Status)), AccountID: c.Account,
		FirstName: c.Holder.FirstName, LastName: c.Holder.LastName, UserName: userName(c.Holder),
		Email: c.Holder.Email, PhoneCountryCode: c.Holder.PhoneCode, PhoneNumber: c.Holder.Phone,
		RejectReason: c.RejectReason, CardBINList: c.BINs, Address: addressOf(c.Address),
	}
}

// person is the body that registers a cardholder. What the issuer wants beyond it (a tier
// or a business model, papers, a picture) depends on the account and is not looked at.
type person struct {
	AccountID        string   `json:"accountId"`
	BINID            string   `json:"binId"`
	FirstName        string   `json:"firstName"`
	LastName         string   `json:"lastName"`
	Email            string   `json:"email"`
	PhoneCountryCode string   `json:"phoneCountryCode"`
	PhoneNumber      string   `json:"phoneNumber"`
	Address          *address `json:"address"`
}

func (p person) check() error {
	switch {
	case !latinName.MatchString(p.FirstName):
		return parameter("firstName must be Latin letters")
	case !latinName.MatchString(p.LastName):
		return parameter("lastName must be Latin letters")
	case !emailText.MatchString(p.Email):
		return parameter("email is not an address")
	case !phoneCode.MatchString(p.PhoneCountryCode):
		return parameter("phoneCountryCode must be at most 3 digits")
	case !phoneText.MatchString(p.PhoneNumber):
		return parameter("phoneNumber must be at most 15 digits")
	}
	return nil
}

// createCardholder registers a person, who is PENDING until the review.
func (h *Handler) createCardholder(c *call) (any, error) {
	var in person
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := c.own(in.AccountID); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	bins, err := h.binsFor(in.BINID)
	if err != nil {
		return nil, err
	}
	made, err := c.book.CreateCardholder(ledger.Holder{
		FirstName: in.FirstName, LastName: in.LastName, Email: in.Email,
		PhoneCode: in.PhoneCountryCode, Phone: in.PhoneNumber,
	}, in.Address.stored(), bins)
	if err != nil {
		return nil, err
	}
	return h.cardholderRowOf(made), nil
}

// binsFor is what a person may have cards of. A binId that is sent must exist.
func (h *Handler) binsFor(binID string) (ids []string, err error) {
	if binID != "" {
		if _, err := h.ledger.BINByID(binID); err != nil {
			return nil, err
		}
		if h.opts.CardholderPerBIN {
			return []string{binID}, nil
		}
	}
	for _, b := range h.ledger.BINs() {
		ids = append(ids, b.ID)
	}
	return ids, nil
}

func (h *Handler) listCardholders(c *call) (any, error) {
	page, err := c.page(false)
	if err != nil {
		return nil, err
	}
	rows, total := c.book.Cardholders(page)
	return h.list(httpjson.Rows(rows, h.cardholderRowOf), total), nil
}

// getCardholder reads one person, without any listing lag.
func (h *Handler) getCardholder(c *call) (any, error) {
	if err := c.account(false); err != nil {
		return nil, err
	}
	found, err := c.book.Cardholder(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return h.cardholderRowOf(found), nil
}
