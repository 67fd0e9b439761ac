package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/card-operator/card-operator/internal/clock"
)

// gatehouse is an API server that knows one token, and the metrics behind it.
type gatehouse struct {
	clock   *clock.Fake
	metrics http.Handler
	// allowed says what the API server answers; fails that it does not.
	allowed, denied bool
	fails           error
	asked           []*authorizationv1.SubjectAccessReview
	reviews         int
}

func newGatehouse(t *testing.T) *gatehouse {
	t.Helper()
	g := &gatehouse{clock: clock.NewFake(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))}
	api := fake.NewClientset()
	api.PrependReactor("create", "tokenreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authenticationv1.TokenReview)
		g.reviews++
		if review.Spec.Token == "prometheus" {
			review.Status = authenticationv1.TokenReviewStatus{Authenticated: true, User: authenticationv1.UserInfo{
				Username: "system:serviceaccount:monitoring:prometheus", UID: "7", Groups: []string{"system:serviceaccounts"},
				Extra: map[string]authenticationv1.ExtraValue{"pod": {"p-0"}},
			}}
		}
		return true, review, g.fails
	})
	api.PrependReactor("create", "subjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SubjectAccessReview)
		g.asked = append(g.asked, review.DeepCopy())
		review.Status = authorizationv1.SubjectAccessReviewStatus{Allowed: g.allowed, Denied: g.denied}
		return true, review, nil
	})
	var err error
	g.metrics, err = newScrapers(api, g.clock).filter(logr.Discard(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "card_operator_calls 1")
	}))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gatehouse) get(authorization string) int {
	r := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	g.metrics.ServeHTTP(w, r)
	return w.Code
}

func TestWhoShowsNoTokenIsNotAskedAbout(t *testing.T) {
	g := newGatehouse(t)
	g.allowed = true
	for _, authorization := range []string{"", "Bearer", "Bearer ", "Basic cHJvbWV0aGV1cw==", "prometheus"} {
		if status := g.get(authorization); status != http.StatusUnauthorized {
			t.Errorf("%q: %d", authorization, status)
		}
	}
	if g.reviews != 0 {
		t.Errorf("the API server was asked %d times", g.reviews)
	}
}

func TestMetricsAreForThoseWhoMayReadThem(t *testing.T) {
	g := newGatehouse(t)
	if status := g.get("Bearer somebody"); status != http.StatusUnauthorized {
		t.Errorf("an unknown token: %d", status)
	}
	if status := g.get("Bearer prometheus"); status != http.StatusForbidden {
		t.Errorf("who may not: %d", status)
	}
	g.clock.Advance(refusedFor)
	g.allowed = true
	if status := g.get("bearer prometheus"); status != http.StatusOK {
		t.Errorf("who may: %d", status)
	}
	who := g.asked[len(g.asked)-1].Spec
	if who.User != "system:serviceaccount:monitoring:prometheus" || who.UID != "7" || who.Extra["pod"][0] != "p-0" ||
		!slices.Contains(who.Groups, "system:serviceaccounts") || !slices.Contains(who.Groups, authenticated) ||
		who.NonResourceAttributes.Path != "/metrics" || who.NonResourceAttributes.Verb != "get" {
		t.Errorf("asked about %+v", who)
	}
	g.clock.Advance(admittedFor)
	g.denied = true
	if status := g.get("Bearer prometheus"); status != http.StatusForbidden {
		t.Errorf("denied: %d", status)
	}
}

func TestAnAnswerHoldsForAWhile(t *testing.T) {
	g := newGatehouse(t)
	g.allowed = true
	for range 3 {
		g.get("Bearer prometheus")
		g.clock.Advance(admittedFor / 4)
	}
	if g.reviews != 1 {
		t.Errorf("asked %d times within a minute", g.reviews)
	}
	g.clock.Advance(admittedFor)
	g.allowed = false
	if status := g.get("Bearer prometheus"); status != http.StatusForbidden {
		t.Errorf("a right that was taken away still holds: %d", status)
	}
}

func TestAnApiServerThatDoesNotAnswerLetsNobodyIn(t *testing.T) {
	g := newGatehouse(t)
	g.fails = errors.New("no route to host")
	if status := g.get("Bearer prometheus"); status != http.StatusServiceUnavailable {
		t.Errorf("%d", status)
	}
	g.fails, g.allowed = nil, true
	if status := g.get("Bearer prometheus"); status != http.StatusOK {
		t.Errorf("the failure was kept: %d", status)
	}
}

func TestTokensThatAreMadeUpFillNoMemory(t *testing.T) {
	g := newGatehouse(t)
	s := newScrapers(nil, g.clock)
	for i := range 3 * maxVerdicts {
		s.remember(visit{token: [32]byte{byte(i), byte(i >> 8)}}, http.StatusUnauthorized)
	}
	if len(s.known) > maxVerdicts {
		t.Errorf("%d answers are kept", len(s.known))
	}
}

// Whoever reaches the port can make up tokens: only so many are asked about at a time.
func TestFewTokensAreAskedAboutAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fake.NewClientset()
		var under, most, reviews atomic.Int32
		api.PrependReactor("create", "tokenreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
			reviews.Add(1)
			if n := under.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer under.Add(-1)
			return true, action.(clienttesting.CreateAction).GetObject(), nil
		})
		s := newScrapers(api, clock.Real{})
		for range maxReviews {
			s.asking <- struct{}{} // that many are under way
		}
		var refused, busy atomic.Int32
		ask := func(token string) {
			r := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody).WithContext(t.Context())
			r.Header.Set("Authorization", "Bearer "+token)
			switch status, err := s.admit(r); {
			case err != nil:
				t.Error(err)
			case status == http.StatusUnauthorized:
				refused.Add(1)
			case status == http.StatusServiceUnavailable:
				busy.Add(1)
			}
		}
		go ask("unlucky")
		_ = clock.Real{}.Sleep(t.Context(), reviewTimeout+time.Second)
		if busy.Load() != 1 || reviews.Load() != 0 {
			t.Fatalf("%d gave up, %d were asked about", busy.Load(), reviews.Load())
		}
		for n := range 100 {
			go ask(strconv.Itoa(n % 10))
		}
		synctest.Wait()
		<-s.asking // there is room for one
		synctest.Wait()
		if refused.Load() != 100 || most.Load() != 1 || reviews.Load() != 10 {
			t.Errorf("%d were refused, %d at a time, after %d reviews", refused.Load(), most.Load(), reviews.Load())
		}
	})
}

// Somebody who hung up is no trouble of the API server's.
func TestWhoHungUpIsNotLogged(t *testing.T) {
	for _, gone := range []bool{false, true} {
		api := fake.NewClientset()
		ctx, hangUp := context.WithCancel(t.Context())
		api.PrependReactor("create", "tokenreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
			if gone {
				hangUp()
			}
			return true, nil, errors.New("no answer")
		})
		lines := 0
		h, err := newScrapers(api, clock.Real{}).filter(funcr.New(func(string, string) { lines++ }, funcr.Options{}), http.NotFoundHandler())
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody).WithContext(ctx)
		r.Header.Set("Authorization", "Bearer prometheus")
		h.ServeHTTP(httptest.NewRecorder(), r)
		if (lines == 0) != gone {
			t.Errorf("gone %v: %d lines", gone, lines)
		}
		hangUp()
	}
}
