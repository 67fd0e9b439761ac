package webhook

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"path"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/issuer"
)

// Result is how a message ended. It is a metric's label.
type Result string

// The results.
const (
	Accepted  Result = "accepted"
	Duplicate Result = "duplicate"
	// Refused is a message that nobody vouches for: unknown CardIssuer, wrong signature.
	Refused Result = "refused"
	// Malformed is the issuer's, and cannot be read.
	Malformed Result = "malformed"
	// Oversized is over MaxBody or MaxHeader.
	Oversized Result = "oversized"
	// Busy is one too many at once.
	Busy Result = "busy"
	// Failed is one that came too slowly or broken, or that could not be dealt with.
	Failed Result = "failed"
)

// unknown stands in metrics for every CardIssuer that did not vouch for a message, so that
// nobody can make up labels.
const unknown = "unknown"

// Limits. An issuer gives up after 5 s (Interlace v3) or 10 s (QI Tech); an answer takes
// Budget at most.
const (
	MaxBody   = 1 << 20
	MaxHeader = 16 << 10
	Budget    = 2 * time.Second
)

// ErrUnknown is what a Lookup answers for a CardIssuer that does not exist or takes no
// webhooks.
var ErrUnknown = errors.New("no such CardIssuer")

// Options are what a Server works with.
type Options struct {
	Clock clock.Clock
	// Lookup finds who verifies the messages of a CardIssuer; ErrUnknown when nobody does.
	// Its answers are kept for ListenerLifetime.
	Lookup func(ctx context.Context, ci types.NamespacedName) (issuer.Listener, error)
	// Hint asks for a look at an account. It must not block.
	Hint func(ci types.NamespacedName)
	// Deliver takes a notice with a one-time code. After an error the issuer is asked to
	// send it again. nil drops codes.
	Deliver func(ctx context.Context, ci types.NamespacedName, notice issuer.Notice) error
	// Observe counts the results. issuer is "namespace/name", or "unknown" for messages
	// that nobody vouched for.
	Observe func(issuer, result string)
	// Budget of time for one message; default Budget.
	Budget time.Duration
}

// Server answers POST /webhooks/{namespace}/{name}, one path for each CardIssuer.
type Server struct {
	opts      Options
	mux       *http.ServeMux
	listeners listeners
	histories histories
	slots     slots
}

// Path is where the messages of a CardIssuer are expected.
func Path(namespace, name string) string { return "/webhooks/" + namespace + "/" + name }

// NewServer returns a server.
func NewServer(opts Options) *Server {
	opts.Budget = cmp.Or(opts.Budget, Budget)
	if opts.Observe == nil {
		opts.Observe = func(string, string) {}
	}
	s := &Server{
		opts: opts, mux: http.NewServeMux(), slots: newSlots(),
		listeners: listeners{clock: opts.Clock, lookup: opts.Lookup},
		histories: histories{clock: opts.Clock, patience: opts.Budget},
	}
	s.mux.HandleFunc("POST /webhooks/{namespace}/{name}", s.receive)
	return s
}

// ServeHTTP implements http.Handler. A connection is kept only for who has proved to be an
// issuer: idle ones of anybody else would take up all the places.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	if _, pattern := s.mux.Handler(r); pattern == "" || path.Clean(r.URL.Path) != r.URL.Path {
		s.opts.Observe(unknown, string(Refused))
	}
	s.mux.ServeHTTP(w, r)
}

// receive gives a message its budget of time. It goes on when the sender leaves early: a
// code may be on its way into a Secret.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := s.opts.Clock.WithTimeout(context.WithoutCancel(r.Context()), s.opts.Budget)
	defer cancel()
	setDeadlines(ctx, w, s.opts.Budget)
	v := s.judge(ctx, w, r)
	s.opts.Observe(cmp.Or(v.issuer, unknown), string(v.result))
	v.answer(w)
}

// judge bounds a message, has it verified, and acts on it.
func (s *Server) judge(ctx context.Context, w http.ResponseWriter, r *http.Request) verdict {
	if headerSize(r) > MaxHeader {
		return verdict{result: Oversized, status: http.StatusRequestHeaderFieldsTooLarge}
	}
	if r.ContentLength > MaxBody {
		return verdict{result: Oversized, status: http.StatusRequestEntityTooLarge}
	}
	seat, free := s.slots.enter(r.ContentLength)
	if !free {
		return busy()
	}
	defer seat.leave()
	body, err := seat.read(w, r)
	if errors.Is(err, errNoSeat) {
		return busy()
	}
	if err != nil {
		return unreadable(err)
	}
	ci, plausible := keyOf(r)
	if !plausible {
		return refused()
	}
	listener, err := s.listeners.of(ctx, ci)
	if errors.Is(err, ErrUnknown) {
		return refused()
	}
	if err != nil { // it looks like a refusal, which every issuer repeats
		return verdict{result: Failed, status: http.StatusUnauthorized}
	}
	notice, err := listener.Verify(issuer.Webhook{Header: r.Header, URI: r.URL.RequestURI(), Body: body, Now: s.opts.Clock.Now()})
	switch {
	case issuer.Is(err, issuer.Malformed):
		return verdict{result: Malformed, status: http.StatusOK, issuer: ci.String()}
	case err != nil:
		return refused()
	}
	return s.accept(ctx, ci, notice, sha256.Sum256(body))
}

// accept acts on a verified message once. One whose code could not be kept may come again.
func (s *Server) accept(ctx context.Context, ci types.NamespacedName, notice issuer.Notice, digest [sha256.Size]byte) verdict {
	v := verdict{result: Accepted, status: http.StatusOK, issuer: ci.String(), id: notice.ID}
	seen, key := s.histories.of(ci), sha256.Sum256([]byte(identity(notice, digest)))
	switch seen.begin(key) {
	case done:
		v.result = Duplicate
		return v
	case underway:
		v.result, v.status = Busy, http.StatusServiceUnavailable
		return v
	case fresh:
	}
	s.opts.Hint(ci)
	if notice.OTP != nil && s.opts.Deliver != nil {
		if err := s.opts.Deliver(ctx, ci, notice); err != nil {
			seen.forget(key)
			v.result, v.status = Failed, http.StatusServiceUnavailable
			return v
		}
	}
	seen.finish(key)
	return v
}

// identity tells one message from another. An id need not be signed: what brings a code is
// known by what is signed of it, and a mere hint by its id and all of its body, so that nobody
// makes an issuer's message a repetition by taking its id.
func identity(notice issuer.Notice, digest [sha256.Size]byte) string {
	if notice.OTP != nil && notice.OTP.Signed != "" {
		return notice.OTP.Signed
	}
	return notice.ID + "\n" + string(digest[:])
}

// keyOf is the CardIssuer of a path. A name that no object can have is not looked up.
func keyOf(r *http.Request) (types.NamespacedName, bool) {
	ci := types.NamespacedName{Namespace: r.PathValue("namespace"), Name: r.PathValue("name")}
	return ci, len(validation.IsDNS1123Label(ci.Namespace)) == 0 && len(validation.IsDNS1123Subdomain(ci.Name)) == 0
}
