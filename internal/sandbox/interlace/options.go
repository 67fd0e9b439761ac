package interlace

import (
	"crypto/aes"
	"fmt"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/oauth"
)

// Client is an API customer and the account that its tokens open. Its secret is never
// sent: it is the AES key of card numbers, of 16, 24 or 32 bytes.
type Client = oauth.Client

// Options is how the dialect behaves. The zero value of each is the documents' way.
type Options struct {
	// Clock tells the time; default the wall clock.
	Clock clock.Clock
	// Random draws codes and tokens; default the stream "interlace" of seed 0.
	Random *ledger.Random
	// Clients can log in.
	Clients []Client
	// StaticTokens are access tokens that never expire, each with its account id. Cards
	// are revealed to them with the secret of the account's first client.
	StaticTokens map[string]string
	// TokenLifetime of access tokens; default 24h.
	TokenLifetime time.Duration

	// NoDeduplication ignores Idempotency-Key.
	NoDeduplication bool
	// KeyLifetime is how long a key is remembered; default 90 days.
	KeyLifetime time.Duration
	// KeyBusy is how long after its first success a key answers "transaction in progress".
	KeyBusy time.Duration

	// DuplicateReferences takes a second card order with the same referenceId.
	DuplicateReferences bool
	// DuplicateNames takes a second budget of the same name.
	DuplicateNames bool
	// OptionalCardholder takes card orders without a cardholderId.
	OptionalCardholder bool
	// CardholderPerBIN lets a cardholder have cards of the binId alone that they were
	// registered with, in place of every BIN.
	CardholderPerBIN bool
	// Asynchronous answers card orders with null; the card is listed after the ledger's
	// IssuingDelay. Otherwise the card is the answer, at once.
	Asynchronous bool
	// SingleLimit lets a card have one limit: a new one replaces that of another type.
	SingleLimit bool

	// TitleCase answers enumerations as the tables print them (Active) and not as the
	// samples do (ACTIVE).
	TitleCase bool
	// NumericNames answers with codes where the documents have a name and a code: the type
	// of a BIN (0 prepaid, 1 budget; which is which is not documented) and of a budget's
	// transaction.
	NumericNames bool
	// TextTotals answers the total of lists as a string.
	TextTotals bool
	// TerseBudgets answers the creation of a budget with its id and a change of its name
	// with true, in place of the Budget.
	TerseBudgets bool
	// NumericErrors answers the code of an error as a number.
	NumericErrors bool
	// ErrorsOK answers errors with status 200, but for 401 and 404 of the path.
	ErrorsOK bool
}

// keyDays is how long a key is remembered (developer pages, idempotency).
const keyDays = 90 * 24 * time.Hour

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Random == nil {
		o.Random = ledger.NewRandom(0, "interlace")
	}
	if o.KeyLifetime == 0 {
		o.KeyLifetime = keyDays
	}
	return o
}

// check refuses secrets that no card can be encrypted with.
func (o Options) check() error {
	for _, c := range o.Clients {
		if _, err := aes.NewCipher([]byte(c.Secret)); err != nil {
			return fmt.Errorf("client %q: its secret is the AES key of card numbers and must have 16, 24 or 32 bytes", c.ID)
		}
	}
	return nil
}
