package app

import (
	"context"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/card-operator/card-operator/internal/clock"
)

// What the API server has said of a scraper holds for a while, a refusal for less: whoever is
// let in later does not wait long. The answers kept are bounded, and so are
// the questions under way: anybody who reaches the port can ask.
const (
	admittedFor   = time.Minute
	refusedFor    = 10 * time.Second
	maxVerdicts   = 256
	maxReviews    = 8
	reviewTimeout = 10 * time.Second
	authenticated = "system:authenticated"
)

// scrapers lets those read metrics whom the API server knows by their token and allows to.
// controller-runtime's filter does the same and brings all of k8s.io/apiserver with it, which
// is a third of the binary and 17 MiB of a manager's memory.
type scrapers struct {
	api   kubernetes.Interface
	clock clock.Clock
	// asking has room for the reviews that may be under way.
	asking chan struct{}

	mu    sync.Mutex
	known map[visit]verdict
}

// visit is what was asked for with which token. The token itself is not kept.
type visit struct {
	token        [sha256.Size]byte
	method, path string
}

// verdict is an HTTP status, and until when it holds.
type verdict struct {
	status int
	until  time.Time
}

// scrapersOnly is a metricsserver.Options.FilterProvider.
func scrapersOnly(cfg *rest.Config, http *http.Client) (metricsserver.Filter, error) {
	api, err := kubernetes.NewForConfigAndClient(cfg, http)
	if err != nil {
		return nil, err
	}
	return newScrapers(api, clock.Real{}).filter, nil
}

func newScrapers(api kubernetes.Interface, c clock.Clock) *scrapers {
	return &scrapers{api: api, clock: c, asking: make(chan struct{}, maxReviews), known: map[visit]verdict{}}
}

// filter is a metricsserver.Filter.
func (s *scrapers) filter(log logr.Logger, next http.Handler) (http.Handler, error) {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, err := s.admit(r)
		if err != nil && r.Context().Err() == nil {
			log.Error(err, "the API server could not be asked who reads the metrics")
		}
		if status != http.StatusOK {
			http.Error(w, http.StatusText(status), status)
			return
		}
		next.ServeHTTP(w, r)
	}), nil
}

// admit returns 200 for a request that may be answered. An error comes with 503.
func (s *scrapers) admit(r *http.Request) (int, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return http.StatusUnauthorized, nil
	}
	what := visit{sha256.Sum256([]byte(token)), strings.ToLower(r.Method), r.URL.Path}
	if status, known := s.remembered(what); known {
		return status, nil
	}
	ctx, cancel := s.clock.WithTimeout(r.Context(), reviewTimeout)
	defer cancel()
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return http.StatusServiceUnavailable, nil
	}
	if status, known := s.remembered(what); known { // somebody asked the same meanwhile
		return status, nil
	}
	status, err := s.review(ctx, token, what)
	if err != nil {
		return http.StatusServiceUnavailable, err
	}
	s.remember(what, status)
	return status, nil
}

// review asks the API server whose token it is, and whether that may be done with it.
func (s *scrapers) review(ctx context.Context, token string, what visit) (int, error) {
	who, err := s.api.AuthenticationV1().TokenReviews().Create(ctx,
		&authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}, metav1.CreateOptions{})
	if err != nil {
		return 0, err
	}
	if !who.Status.Authenticated {
		return http.StatusUnauthorized, nil
	}
	may, err := s.api.AuthorizationV1().SubjectAccessReviews().Create(ctx, accessOf(who.Status.User, what), metav1.CreateOptions{})
	if err != nil {
		return 0, err
	}
	if !may.Status.Allowed || may.Status.Denied {
		return http.StatusForbidden, nil
	}
	return http.StatusOK, nil
}

func accessOf(who authenticationv1.UserInfo, what visit) *authorizationv1.SubjectAccessReview {
	groups := who.Groups
	if !slices.Contains(groups, authenticated) {
		groups = append(slices.Clone(groups), authenticated)
	}
	extra := map[string]authorizationv1.ExtraValue{}
	for key, values := range who.Extra {
		extra[key] = authorizationv1.ExtraValue(values)
	}
	return &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: who.Username, UID: who.UID, Groups: groups, Extra: extra,
		NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: what.path, Verb: what.method},
	}}
}

func (s *scrapers) remembered(what visit) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, known := s.known[what]
	return v.status, known && s.clock.Now().Before(v.until)
}

func (s *scrapers) remember(what visit, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxVerdicts {
		clear(s.known)
	}
	holds := refusedFor
	if status == http.StatusOK {
		holds = admittedFor
	}
	s.known[what] = verdict{status, s.clock.Now().Add(holds)}
}
