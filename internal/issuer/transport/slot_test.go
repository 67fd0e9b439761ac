package transport_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// yes is an issuer that answers every request at once.
type yes struct{ bodies *[]string }

func (y yes) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		*y.bodies = append(*y.bodies, string(text))
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

func pacedClient(t *testing.T, g *transport.Gate, c clock.Clock, bodies *[]string) *transport.Client {
	t.Helper()
	hosts, err := transport.ParseAllowList([]string{"http://issuer.test"})
	if err != nil {
		t.Fatal(err)
	}
	client, err := transport.New(transport.Config{
		BaseURL: "http://issuer.test", Allow: hosts, Gate: g, Clock: c, RoundTripper: yes{bodies},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func order(permit issuer.Permit) transport.Request {
	return transport.Request{Op: "fund card", Method: http.MethodPost, Path: "/", Body: []byte(`"paid"`), Mutating: true, Permit: permit, Priority: transport.Sending}
}

func taken(transport.Response) error { return nil }

// A claim that is written once there is a slot for it never grows old behind other calls: the
// permit outlasts a queue that is far longer than itself.
func TestAReservedSlotOutlastsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var real clock.Real
		var bodies []string
		g := transport.NewGate(real, 1, 1)
		client := pacedClient(t, g, real, &bodies)
		for range 30 {
			go func() { _ = g.Pass(t.Context(), transport.Urgent) }()
		}
		synctest.Wait()
		began := real.Now()
		turn, err := client.Reserve(t.Context(), "wait")
		if err != nil || real.Now().Sub(began) > 3*time.Second {
			t.Fatalf("%v after %v: what is sent waits behind no look", err, real.Now().Sub(began))
		}
		permit := issuer.Permit{NotAfter: real.Now()}
		read := transport.Request{Op: "look", Method: http.MethodGet, Path: "/", Priority: transport.Sending}
		if before := real.Now(); client.Do(turn, read, taken) != nil || !real.Now().After(before) {
			t.Error("a slot is for the call that it was taken for")
		}
		permit.NotAfter = real.Now()
		if err := client.Do(turn, order(permit), taken); err != nil || len(bodies) != 1 {
			t.Errorf("%v, %d sent", err, len(bodies))
		}
		if err := client.Do(turn, order(permit), taken); !issuer.Is(err, issuer.Expired) || len(bodies) != 1 {
			t.Errorf("one slot is one call: %v, %d sent", err, len(bodies))
		}
		_ = real.Sleep(t.Context(), time.Minute)
	})
}

// While the account rests there is nothing to claim for; a rest that began since holds too.
func TestAReservedSlotDoesNotPassAPark(t *testing.T) {
	var bodies []string
	c := clock.NewFake(epoch)
	g := transport.NewGate(c, 0, 0)
	client := pacedClient(t, g, c, &bodies)
	turn, err := client.Reserve(t.Context(), "wait")
	if err != nil {
		t.Fatal(err)
	}
	g.Park(epoch.Add(time.Minute))
	permit := issuer.Permit{NotAfter: epoch.Add(time.Hour)}
	if err := client.Do(turn, order(permit), taken); !issuer.Is(err, issuer.RateLimited) || len(bodies) != 0 {
		t.Errorf("%v, %d sent", err, len(bodies))
	}
	if _, err := client.Reserve(t.Context(), "wait"); !issuer.Is(err, issuer.RateLimited) || !strings.HasPrefix(err.Error(), "wait: ") {
		t.Errorf("nothing need be claimed: %v", err)
	}
	given, cancel := context.WithCancel(t.Context())
	cancel()
	c.Advance(59 * time.Second)
	if _, err := client.Reserve(given, "wait"); !issuer.Is(err, issuer.Unavailable) {
		t.Errorf("a round that was given up: %v", err)
	}
}
