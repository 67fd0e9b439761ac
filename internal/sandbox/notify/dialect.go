package notify

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// letter is a message before it is put on the wire.
type letter struct {
	id     string
	kind   string
	cardID string
	body   []byte
	// sign returns the headers of one try.
	sign  func(now time.Time) (http.Header, error)
	fault Fault
}

// news is an event in a dialect's words.
type news struct {
	kind string
	data any
}

// writer writes the letters of a dialect.
type writer interface {
	// news is what the dialect says about an event; false when it says nothing.
	news(e ledger.Event) (news, bool)
	// otp is a one-time code; false where the dialect sends none.
	otp(card ledger.Card, code string, lifetime time.Duration) (news, bool)
	// write makes a letter, unsigned where so asked.
	write(id string, n news, now time.Time, unsigned bool) (letter, error)
}

// encode is compact JSON as JavaScript writes it: nothing is escaped for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// movements that cards have by both of Interlace's dialects; a hold is none of them.
type movementName struct {
	v1 string
	v3 int
}

var movementNames = map[ledger.Kind]movementName{
	ledger.KindCredit:      {"Credit", 0},
	ledger.KindConsumption: {"Consumption", 1},
	ledger.KindCardIn:      {"TransferIn", 2},
	ledger.KindCardOut:     {"TransferOut", 3},
	ledger.KindClosing:     {"TransferOut", 3},
	ledger.KindWithdrawal:  {"TransferOut", 3},
}
