package oauth_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/oauth"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// silent is an issuer that takes every connection and never answers.
type silent struct {
	clock clock.Real
	asked *atomic.Int32
}

func (s silent) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked.Add(1)
	_ = s.clock.Sleep(r.Context(), time.Hour)
	return nil, context.DeadlineExceeded
}

// While the login does not answer, those who need a token do not wait for one time-out after
// another: whoever has waited through a login that failed has its failure.
func TestACrowdSharesOneFailedLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var real clock.Real
		var asked atomic.Int32
		hosts, err := transport.ParseAllowList([]string{"http://issuer.test"})
		if err != nil {
			t.Fatal(err)
		}
		wire, err := transport.New(transport.Config{
			BaseURL: "http://issuer.test", Allow: hosts, Clock: real, Gate: transport.NewGate(real, 1000, 1000),
			RoundTripper: silent{real, &asked},
		})
		if err != nil {
			t.Fatal(err)
		}
		k := oauth.New(wire, oauth.Credentials{ClientID: "c", ClientSecret: issuer.NewSensitive("s")}, oauth.Dialect{Read: oauth.ReadBare})
		began := real.Now()
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				_ = real.Sleep(t.Context(), time.Millisecond)
				if _, err := k.Token(t.Context()); !issuer.Is(err, issuer.Unavailable) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n, took := asked.Load(), real.Now().Sub(began); n > 2 || took > 40*time.Second {
			t.Errorf("%d logins in %v", n, took)
		}
		before := asked.Load()
		_, _ = k.Token(t.Context())
		if asked.Load() != before+1 {
			t.Error("whoever comes later tries anew")
		}
	})
}
