package issuertest

import (
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// Subject is an adapter whose calls are tried under faults.
type Subject[C any] struct {
	// Connect makes a client over a transport.
	Connect func(testing.TB, *transport.Client) C
	// Warm is a call that is answered with Answer, so that the fault hits a connection in
	// use.
	Warm   func(C) error
	Answer string
	// Movers are all calls with an effect, Readers those without one.
	Movers, Readers map[string]func(C) error
	// ShowsNothing fails if an error shows a secret.
	ShowsNothing func(testing.TB, error)
}

// CheckMovers tries every call with an effect under a fault: it is sent once, and is
// certain only where the issuer was.
func (s Subject[C]) CheckMovers(t testing.TB, name string, f Fault) {
	t.Helper()
	for op, call := range s.Movers {
		w, c := s.stage(t, name, f)
		before := len(w.Requests())
		err := call(c)
		s.judge(t, op, err, f.OnMove)
		if issuer.Is(err, refused) && !issuer.IsDoubtful(err) {
			t.Errorf("%s: %v, and no document explains it", op, err)
		}
		if n := len(w.Requests()) - before; n != 1 {
			t.Errorf("%s: sent %d times", op, n)
		}
	}
}

// CheckReaders tries every call without an effect under a fault.
func (s Subject[C]) CheckReaders(t testing.TB, name string, f Fault) {
	t.Helper()
	for op, call := range s.Readers {
		_, c := s.stage(t, name, f)
		s.judge(t, op, call(c), f.OnRead)
	}
}

func (s Subject[C]) judge(t testing.TB, op string, err error, want issuer.Class) {
	t.Helper()
	if got := issuer.ClassOf(err); got != want {
		t.Errorf("%s: %v, want %s", op, err, want)
	}
	s.ShowsNothing(t, err)
}

// stage fails every call but the first. A client that shall run out of time has little of
// it, and a connection of its own.
func (s Subject[C]) stage(t testing.TB, name string, f Fault) (*World, C) {
	t.Helper()
	var warm atomic.Bool
	w := NewWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if warm.CompareAndSwap(false, true) {
			Says(http.StatusOK, s.Answer)(rw, r)
			return
		}
		f.Do(rw, r)
	})
	config := w.Wire()
	config.Timeout = time.Minute
	c := s.Connect(t, Connect(t, config))
	Must(t, s.Warm(c))
	if name == TimedOut {
		config.Timeout = 250 * time.Millisecond
		c = s.Connect(t, Connect(t, config))
	}
	return w, c
}

// CheckNeverLeft tries a call of each kind where nothing can be sent: that is certain.
func (s Subject[C]) CheckNeverLeft(t testing.TB) {
	t.Helper()
	yes := Says(http.StatusOK, s.Answer)
	closed := httptest.NewServer(nil)
	closed.Close()
	untrusted := httptest.NewUnstartedServer(yes)
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of every handshake
	untrusted.StartTLS()
	defer untrusted.Close()
	notTLS := httptest.NewServer(yes)
	defer notTLS.Close()
	s.neverLeft(t, closed.URL, len(s.Movers), len(s.Readers))
	for _, url := range []string{untrusted.URL, strings.Replace(notTLS.URL, "http:", "https:", 1), "https://issuer.invalid"} {
		s.neverLeft(t, url, 1, 1)
	}
}

// neverLeft tries some calls of each kind.
func (s Subject[C]) neverLeft(t testing.TB, url string, movers, readers int) {
	t.Helper()
	c := s.Connect(t, Connect(t, transport.Config{BaseURL: url, Allow: Hosts(t), Timeout: 5 * time.Second}))
	for _, op := range slices.Sorted(maps.Keys(s.Movers))[:movers] {
		s.judge(t, url+", "+op, s.Movers[op](c), issuer.Unavailable)
	}
	for _, op := range slices.Sorted(maps.Keys(s.Readers))[:readers] {
		s.judge(t, url+", "+op, s.Readers[op](c), issuer.Unavailable)
	}
}

// RunFaults tries every call under every fault, and where nothing leaves.
func RunFaults[C any](t *testing.T, faults map[string]Fault, subject func(*testing.T) Subject[C]) {
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := subject(t)
			s.CheckMovers(t, name, f)
			s.CheckReaders(t, name, f)
		})
	}
	t.Run("never left", func(t *testing.T) { subject(t).CheckNeverLeft(t) })
}

// Ours fails on an error that could quote the issuer.
func Ours(t testing.TB, err error) {
	t.Helper()
	if err != nil && (len(err.Error()) > 80 || strings.ContainsAny(err.Error(), "{[\"")) {
		t.Errorf("the error may quote the answer: %v", err)
	}
}
