package ledger

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/money"
)

// Ledger is the issuer's bank. It is safe for concurrent use.
type Ledger struct {
	opts Options
	rand *Random

	mu        sync.Mutex
	agenda    agenda
	purses    map[Purse]*purse
	accounts  store[Account]
	budgets   store[Budget]
	cards     store[Card]
	receivers store[Receiver]
	movements store[Movement]
	balances  store[balance]
	byPAN     map[string]*Card
	refusals  []Refusal

	cardholders store[Cardholder]
	references  map[string]bool // those that were used, where they are unique
}

// Refusal is a card order that was accepted and then came to nothing.
type Refusal struct {
	Account   string
	RequestID string
	Label     string
	Reason    string
	Time      time.Time
}

// Book is one account's view of the ledger: it sees and moves nothing of the others.
type Book struct {
	l       *Ledger
	account string
	via     string
}

// New opens a ledger and pays in the opening balances.
func New(opts Options) (*Ledger, error) {
	opts = opts.withDefaults()
	l := &Ledger{opts: opts, rand: opts.Random, purses: map[Purse]*purse{}, byPAN: map[string]*Card{}, references: map[string]bool{}}
	for _, a := range opts.Accounts {
		if err := l.open(a); err != nil {
			return nil, fmt.Errorf("account %q: %w", a.ID, err)
		}
	}
	return l, nil
}

func (l *Ledger) open(a Account) error {
	if a.ID == "" || l.accounts.get(a.ID) != nil {
		return errors.New("needs an id of its own")
	}
	now := l.opts.Clock.Now()
	a.Created, a.DisplayID, a.BalanceID = now, l.rand.Digits(6), l.rand.UUID()
	l.accounts.add(a.ID, &a)
	l.addBalance(a.BalanceID, a.wallet(), now)
	if a.Opening.IsZero() {
		return nil
	}
	return l.payIn(a, now)
}

func (l *Ledger) payIn(a Account, now time.Time) error {
	if !validAmount(a.Opening) {
		return ErrInvalidAmount
	}
	m := Movement{Account: a.ID, Kind: KindOpening, Amount: a.Opening}
	_, err := l.record(m, now, leg{Purse{Account: a.ID, Kind: PurseOpening, Slot: Available}, a.wallet(), a.Opening})
	return err
}

func (a Account) wallet() Purse {
	return Purse{Account: a.ID, Kind: PurseWallet, Slot: Available}
}

// Book opens the books of an account.
func (l *Ledger) Book(account string) (Book, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.accounts.get(account) == nil {
		return Book{}, ErrUnknownAccount
	}
	return Book{l: l, account: account}, nil
}

// Account is the account of these books.
func (b Book) Account() Account { return *b.l.accounts.get(b.account) }

// wallet is the account's main purse.
func (b Book) wallet() Purse { return Account{ID: b.account}.wallet() }

// bank is the world that withdrawals leave to.
func (b Book) bank() Purse { return Purse{Account: b.account, Kind: PurseBank, Slot: Available} }

// fees is what the issuer earns from this account.
func (b Book) fees() Purse { return Purse{Account: b.account, Kind: PurseFees, Slot: Available} }

// do runs fn under the lock, after everything that was due has happened.
func (l *Ledger) do(fn func(now time.Time) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.opts.Clock.Now()
	l.agenda.keep(now)
	return fn(now)
}

// validAmount wants a positive amount of whole cents.
func validAmount(a money.Amount) bool {
	return a.IsPositive() && wholeCents(a)
}

func wholeCents(a money.Amount) bool {
	s := a.String()
	return len(s) > 3 && s[len(s)-3] == '.'
}
