package ledger

import (
	"errors"
	"strings"
	"time"
)

// The reasons for which a cardholder has no card.
var (
	ErrUnknownCardholder   = errors.New("cardholder does not exist")
	ErrCardholderNotActive = errors.New("cardholder is not active")
)

// CardholderStatus is the progress of a cardholder's review.
type CardholderStatus string

// The statuses of a cardholder. Only an active one may have cards.
const (
	CardholderPending  CardholderStatus = "Pending"
	CardholderActive   CardholderStatus = "Active"
	CardholderInactive CardholderStatus = "Inactive"
)

// Cardholder is a person whom the issuer has to approve before a card names them.
type Cardholder struct {
	ID           string
	Account      string
	Status       CardholderStatus
	Holder       Holder
	Address      *Address
	BINs         []string // the ids of the BINs that the person may have
	RejectReason string
	Created      time.Time
}

// CreateCardholder registers a person, to be reviewed after the CardholderReviewDelay.
// Asking twice makes two.
func (b Book) CreateCardholder(person Holder, address *Address, bins []string) (Cardholder, error) {
	var made Cardholder
	err := b.l.do(func(now time.Time) error {
		c := &Cardholder{
			ID: "19" + b.l.rand.Digits(17), Account: b.account, Status: CardholderPending,
			Holder: person, Address: address, BINs: bins, Created: now,
		}
		b.l.cardholders.add(c.ID, c)
		b.l.after(now, b.l.opts.CardholderReviewDelay, func(time.Time) { c.review() })
		made = *c
		return nil
	})
	return made, err
}

// review is the issuer's decision. One that was made by hand meanwhile stands.
func (c *Cardholder) review() {
	switch {
	case c.Status != CardholderPending:
	case strings.Contains(c.Holder.LastName, refuse):
		c.Status, c.RejectReason = CardholderInactive, "the person could not be verified"
	default:
		c.Status = CardholderActive
	}
}

// Cardholder is a person of this account, without any listing lag.
func (b Book) Cardholder(id string) (Cardholder, error) {
	var found Cardholder
	err := b.l.do(func(time.Time) error {
		c, err := b.cardholder(id)
		if err == nil {
			found = *c
		}
		return err
	})
	return found, err
}

func (b Book) cardholder(id string) (*Cardholder, error) {
	c := b.l.cardholders.get(id)
	if c == nil || c.Account != b.account {
		return nil, ErrUnknownCardholder
	}
	return c, nil
}

// Cardholders lists the people of this account, newest first.
func (b Book) Cardholders(p Page) (rows []Cardholder, total int) {
	_ = b.l.do(func(now time.Time) error {
		rows, total = b.l.cardholders.list(p, func(x *Cardholder) bool {
			return x.Account == b.account && b.l.visible(x.Created, now)
		})
		return nil
	})
	return rows, total
}

// approved refuses an order for somebody who may not have a card. An order that names no
// cardholder is for the dialect to judge.
func (b Book) approved(order CardOrder) error {
	if order.HolderID == "" {
		return nil
	}
	c, err := b.cardholder(order.HolderID)
	if err == nil && c.Status != CardholderActive {
		err = ErrCardholderNotActive
	}
	return err
}

// SetCardholderStatus is the issuer's own decision about a person.
func (l *Ledger) SetCardholderStatus(id string, status CardholderStatus) error {
	return l.do(func(time.Time) error {
		c := l.cardholders.get(id)
		switch {
		case c == nil:
			return ErrUnknownCardholder
		case status != CardholderPending && status != CardholderActive && status != CardholderInactive:
			return ErrInvalidState
		}
		c.Status = status
		return nil
	})
}
