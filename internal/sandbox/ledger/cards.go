package ledger

import (
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// Card is a card of this account, in whatever state, without any listing lag.
func (b Book) Card(id string) (Card, error) {
	var found Card
	err := b.l.do(func(time.Time) error {
		card, err := b.card(id)
		if err == nil {
			found = *card
		}
		return err
	})
	return found, err
}

// FreezeCard stops a card from paying. It can be repeated.
func (b Book) FreezeCard(id string) error { return b.setState(id, StateFrozen) }

// UnfreezeCard lets a card pay again. It can be repeated.
func (b Book) UnfreezeCard(id string) error { return b.setState(id, Active) }

func (b Book) setState(id string, state State) error {
	return b.l.do(func(now time.Time) error {
		card, err := b.usableCard(id)
		if err == nil {
			card.turn(state, "", now)
			b.signed(card)
		}
		return err
	})
}

// CloseCard ends a card for good. What a prepaid card holds returns to the wallet; what
// a withdrawal has reserved stays reserved until that closes.
func (b Book) CloseCard(id, clientID string) error {
	return b.l.do(func(now time.Time) error {
		card, err := b.liveCard(id)
		if err != nil {
			return err
		}
		return b.close(card, clientID, now)
	})
}

func (b Book) close(card *Card, clientID string, now time.Time) error {
	available, held := b.l.amount(card.purse(Available)), b.l.amount(card.purse(Frozen))
	if b.l.opts.KeepsHolds && held.IsPositive() && card.State != StateControl {
		return ErrCardHolds
	}
	if rest := available.Add(held); rest.IsPositive() {
		m := Movement{Account: b.account, ClientID: clientID, Kind: KindClosing, Amount: rest, CardID: card.ID}
		if _, err := b.l.record(m, now,
			leg{card.purse(Available), b.wallet(), available},
			leg{card.purse(Frozen), b.wallet(), held},
		); err != nil {
			return err
		}
	}
	card.turn(StateInactive, "", now)
	b.signed(card)
	return nil
}

// card is a card of this account in any state.
func (b Book) card(id string) (*Card, error) {
	card := b.l.cards.get(id)
	if card == nil || card.Account != b.account {
		return nil, ErrUnknownCard
	}
	return card, nil
}

// liveCard is a card that has not ended.
func (b Book) liveCard(id string) (*Card, error) {
	card, err := b.card(id)
	if err == nil && card.State == StateInactive {
		err = ErrCardInactive
	}
	return card, err
}

// usableCard is a live card that has begun and that the issuer has not blocked.
func (b Book) usableCard(id string) (*Card, error) {
	card, err := b.liveCard(id)
	switch {
	case err == nil && card.State == StateControl:
		err = ErrCardControl
	case err == nil && card.State == StatePending:
		err = ErrCardPending
	}
	return card, err
}

// fundedCard is a usable card that holds money itself.
func (b Book) fundedCard(id string) (*Card, error) {
	card, err := b.usableCard(id)
	if err == nil && card.Type != Prepaid {
		err = ErrCardType
	}
	return card, err
}

func (c *Card) purse(slot Slot) Purse {
	return Purse{Account: c.Account, Kind: PurseCard, ID: c.ID, Slot: slot}
}

// TransferIn moves money from the wallet onto a prepaid card.
func (b Book) TransferIn(id string, amount money.Amount, clientID string) (Movement, error) {
	return b.moveCard(KindCardIn, id, amount, clientID, false)
}

// TransferOut moves money from a prepaid card back into the wallet.
func (b Book) TransferOut(id string, amount money.Amount, clientID string) (Movement, error) {
	return b.moveCard(KindCardOut, id, amount, clientID, false)
}

// Hold freezes an amount on a prepaid card: still its money, not spendable.
func (b Book) Hold(id string, amount money.Amount, clientID string) (Movement, error) {
	return b.moveCard(KindHold, id, amount, clientID, false)
}

// Release gives a held amount back to the card.
func (b Book) Release(id string, amount money.Amount, clientID string) (Movement, error) {
	return b.moveCard(KindRelease, id, amount, clientID, false)
}

func (b Book) moveCard(kind Kind, id string, amount money.Amount, clientID string, outside bool) (Movement, error) {
	return b.booked(amount, func(now time.Time) (*Movement, error) {
		card, err := b.fundedCard(id)
		if err != nil {
			return nil, err
		}
		m := Movement{Account: b.account, ClientID: clientID, Kind: kind, Amount: amount, CardID: id, Outside: outside}
		return b.l.record(m, now, b.route(kind, card, amount))
	})
}

func (b Book) route(kind Kind, card *Card, amount money.Amount) leg {
	available, held := card.purse(Available), card.purse(Frozen)
	switch kind {
	case KindCardIn:
		return leg{b.wallet(), available, amount}
	case KindHold:
		return leg{available, held, amount}
	case KindRelease:
		return leg{held, available, amount}
	default:
		return leg{available, b.wallet(), amount}
	}
}
