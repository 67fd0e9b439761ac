package session

import (
	"net/http"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

func TestWhoGoesFirst(t *testing.T) {
	order := Mutate("pay", http.MethodPost, "/", issuer.Permit{}, nil)
	stop := order
	stop.Stops = true
	for why, c := range map[string]struct {
		call Call
		want transport.Priority
	}{
		"a sweep":  {Read("list", "/", nil), transport.Routine},
		"a look":   {Call{Urgent: true}, transport.Urgent},
		"an order": {order, transport.Sending},
		"a freeze": {stop, transport.Stopping},
	} {
		r, err := new(Session).request(c.call, "hunter2")
		if err != nil || r.Priority != c.want {
			t.Errorf("%s: %d, %v", why, r.Priority, err)
		}
	}
}
