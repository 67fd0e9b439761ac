package virtualcard

import (
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
)

// checkedFor is how long an order that the issuer would accept need not be checked again for
// a card that differs in its name alone.
const checkedFor = 10 * time.Minute

// maxChecked bounds what is remembered.
const maxChecked = 10_000

// checked remembers the orders that the issuer found nothing wrong with.
type checked struct {
	mu sync.Mutex
	at map[[sha256.Size]byte]time.Time
}

// kindOf is an order at an account without what is every card's own. It is a digest, since an
// order names people.
func kindOf(account string, order issuer.CardOrder) ([sha256.Size]byte, bool) {
	order.Label, order.Reference, order.ClientID = "", "", ""
	text, err := json.Marshal(order)
	return sha256.Sum256(append([]byte(account+"\n"), text...)), err == nil
}

func (c *checked) lately(kind [sha256.Size]byte, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, known := c.at[kind]
	return known && now.Before(at.Add(checkedFor)) && !now.Before(at)
}

func (c *checked) note(kind [sha256.Size]byte, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at == nil || len(c.at) >= maxChecked {
		c.at = map[[sha256.Size]byte]time.Time{}
	}
	c.at[kind] = now
}
