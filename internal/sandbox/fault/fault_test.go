package fault_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const good = `{"code":0,"message":"ok","data":true}`

// bench is a server that counts its commits, behind a plan.
type bench struct {
	t       *testing.T
	plan    *fault.Plan
	url     string
	commits atomic.Int32
	bodies  atomic.Value
}

func newBench(t *testing.T, c clock.Clock, rules ...fault.Rule) *bench {
	t.Helper()
	b := &bench{t: t, plan: fault.NewPlan(c, ledger.NewRandom(7, "fault"), false)}
	if _, err := b.plan.Add(rules...); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/sandbox/", b.plan.Admin())
	mux.Handle("/", b.plan.Wrap(http.HandlerFunc(b.serve)))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(b.plan.Close)
	b.url = server.URL
	return b
}

func (b *bench) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.bodies.Store(string(body))
	if r.Context().Err() == nil { // a real handler gives up when its client is gone
		b.commits.Add(1)
	}
	_, _ = io.WriteString(w, good)
}

// seen is what a client saw.
type seen struct {
	status int
	header http.Header
	body   string
	err    error
}

func (b *bench) do(ctx context.Context, method, path, body string) (s seen) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		return seen{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return seen{response.StatusCode, response.Header, string(text), err}
}

func (b *bench) post() seen {
	b.t.Helper()
	return b.do(b.t.Context(), "POST", "/pay", `{"amount":1}`)
}

func TestEachFaultAsAClientSeesIt(t *testing.T) {
	for name, c := range map[string]struct {
		rule    fault.Rule
		commits int32
		saw     func(seen) bool
	}{
		"refuse": {fault.Rule{Do: fault.Refuse, Status: 429, RetryAfter: 7}, 0,
			func(s seen) bool { return s.status == 429 && s.header.Get("Retry-After") == "7" }},
		"refuse without a status": {fault.Rule{Do: fault.Refuse}, 0, func(s seen) bool { return s.status == 503 }},
		"drop":                    {fault.Rule{Do: fault.Drop}, 0, func(s seen) bool { return s.err != nil }},
		"redirect": {fault.Rule{Do: fault.Redirect, Location: "http://elsewhere.invalid/"}, 0,
			func(s seen) bool { return s.status == 307 && s.header.Get("Location") == "http://elsewhere.invalid/" }},
		"commit-drop":  {fault.Rule{Do: fault.CommitDrop}, 1, func(s seen) bool { return s.err != nil }},
		"commit-error": {fault.Rule{Do: fault.CommitError}, 1, func(s seen) bool { return s.status == 500 }},
		"truncate": {fault.Rule{Do: fault.Truncate}, 1,
			func(s seen) bool { return errors.Is(s.err, io.ErrUnexpectedEOF) && s.body == good[:len(good)/2] }},
		"html":    {fault.Rule{Do: fault.HTML}, 1, func(s seen) bool { return s.status == 200 && strings.HasPrefix(s.body, "<!doctype") }},
		"empty":   {fault.Rule{Do: fault.Empty}, 1, func(s seen) bool { return s.status == 200 && s.body == "" && s.err == nil }},
		"garbage": {fault.Rule{Do: fault.Garbage}, 1, func(s seen) bool { return strings.HasSuffix(s.body, ": tr") }},
		"html without a commit": {fault.Rule{Do: fault.HTML, SkipHandler: true, Status: 502}, 0,
			func(s seen) bool { return s.status == 502 }},
		"huge": {fault.Rule{Do: fault.Huge, Bytes: 3 << 20}, 1, func(s seen) bool { return len(s.body) > 3<<20 && s.err == nil }},
		"duplicate": {fault.Rule{Do: fault.Duplicate}, 2,
			func(s seen) bool { return s.status == 200 && s.body == good }},
		"hang until its limit": {fault.Rule{Do: fault.Hang, Delay: fault.Duration(time.Millisecond)}, 0,
			func(s seen) bool { return s.err != nil }},
		"latency alone": {fault.Rule{Do: fault.Latency, Delay: fault.Duration(time.Millisecond)}, 1,
			func(s seen) bool { return s.body == good }},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, clock.Real{}, c.rule)
			if s := b.post(); !c.saw(s) {
				t.Errorf("the client saw %d %.80q %v", s.status, s.body, s.err)
			}
			if n := b.commits.Load(); n != c.commits {
				t.Errorf("%d commits, want %d", n, c.commits)
			}
			if c.commits > 0 && b.bodies.Load() != `{"amount":1}` {
				t.Errorf("the handler read %v", b.bodies.Load())
			}
		})
	}
}

func TestHangEndsWhenTheClientLeaves(t *testing.T) {
	b := newBench(t, clock.Real{}, fault.Rule{Do: fault.Hang})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if s := b.do(ctx, "GET", "/", ""); !errors.Is(s.err, context.DeadlineExceeded) {
		t.Errorf("%+v", s)
	}
	if n := b.commits.Load(); n != 0 {
		t.Errorf("%d commits", n)
	}
}

func TestLatencyMovesTheClock(t *testing.T) {
	fake := clock.NewFake(time.Unix(0, 0))
	b := newBench(t, fake,
		fault.Rule{Do: fault.Latency, Delay: fault.Duration(time.Minute)},
		fault.Rule{Do: fault.Latency, Delay: fault.Duration(time.Hour)},
		fault.Rule{Do: fault.Refuse, Status: 403})
	if s := b.post(); s.status != 403 {
		t.Errorf("latency goes on to the next rule, and the answer was %d", s.status)
	}
	if got := fake.Now().Sub(time.Unix(0, 0)); got != time.Hour+time.Minute {
		t.Errorf("latency was %s", got)
	}
}

func TestDelayedCommitHappensAfterTheAnswer(t *testing.T) {
	for _, dropped := range []bool{false, true} {
		b := newBench(t, clock.Real{}, fault.Rule{
			Do: fault.DelayedCommit, Times: 1, Delay: fault.Duration(50 * time.Millisecond), DropConnection: dropped,
		})
		s := b.post()
		if dropped != (s.err != nil) || !dropped && s.status != 504 {
			t.Errorf("the client saw %d %v", s.status, s.err)
		}
		if n := b.commits.Load(); n != 0 {
			t.Errorf("%d commits before the delay", n)
		}
		if !eventually(t, func() bool { return b.commits.Load() == 1 }) {
			t.Error("the commit never came")
		}
	}
}

func TestDelayedCommitUnderAVirtualClock(t *testing.T) {
	fake := clock.NewFake(time.Unix(0, 0))
	commits := 0
	plan := fault.NewPlan(fake, ledger.NewRandom(7, "fault"), true)
	defer plan.Close()
	_, err := plan.Add(fault.Rule{Method: "POST", Do: fault.DelayedCommit, Delay: fault.Duration(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	handler := plan.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			commits++
		}
	}))
	request := func(method string) {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), method, "/", nil))
	}
	request("POST")
	fake.Advance(59 * time.Second)
	request("GET")
	if commits != 0 {
		t.Fatal("committed before its time")
	}
	fake.Advance(time.Second)
	request("GET")
	if commits != 1 {
		t.Errorf("%d commits, want 1", commits)
	}
}

func TestWhichRequestsARuleCatches(t *testing.T) {
	for name, c := range map[string]struct {
		rule fault.Rule
		want string // one letter per request: f is a fault, . is none
	}{
		"nth":         {fault.Rule{Nth: 3}, "..f..."},
		"every":       {fault.Rule{Every: 2}, ".f.f.f"},
		"times":       {fault.Rule{Times: 2}, "ff...."},
		"every, once": {fault.Rule{Every: 2, Times: 1}, ".f...."},
		"method":      {fault.Rule{Method: "GET"}, "......"},
		"path":        {fault.Rule{Path: "/p*"}, "ffffff"},
		"other path":  {fault.Rule{Path: "/*/p"}, "......"},
		"deep path":   {fault.Rule{Path: "/**"}, "ffffff"},
		"body":        {fault.Rule{BodyContains: `"amount"`}, "ffffff"},
		"other body":  {fault.Rule{BodyContains: `"cost"`}, "......"},
	} {
		t.Run(name, func(t *testing.T) {
			c.rule.Do = fault.Refuse
			b := newBench(t, clock.Real{}, c.rule)
			if got := b.pattern(6); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func (b *bench) pattern(n int) string {
	letters := map[bool]string{true: ".", false: "f"}
	got := ""
	for range n {
		got += letters[b.post().status == 200]
	}
	return got
}

func TestProbabilityFollowsTheSeed(t *testing.T) {
	rule := fault.Rule{Do: fault.Refuse, Probability: 0.5}
	first, second := newBench(t, clock.Real{}, rule).pattern(40), newBench(t, clock.Real{}, rule).pattern(40)
	if first != second {
		t.Errorf("one seed, two runs:\n%s\n%s", first, second)
	}
	if !strings.Contains(first, "f") || !strings.Contains(first, ".") {
		t.Errorf("an even chance gave %s", first)
	}
}

func TestAdmin(t *testing.T) {
	b := newBench(t, clock.Real{})
	admin := func(method, path, body string, status int) string {
		t.Helper()
		s := b.do(t.Context(), method, "/sandbox/faults"+path, body)
		if s.status != status {
			t.Errorf("%s %s: %d %s", method, path, s.status, s.body)
		}
		return s.body
	}
	admin("POST", "", `[{"id":"one","do":"refuse","status":418,"delay":"1s"},{"path":"/other","do":"drop"}]`, 201)
	if s := b.post(); s.status != 418 {
		t.Errorf("the rule is not in force: %d", s.status)
	}
	if got := admin("GET", "", "", 200); !strings.Contains(got, `"hits":1`) || !strings.Contains(got, `"fault-1"`) {
		t.Errorf("listed: %s", got)
	}
	admin("DELETE", "/one", "", 200)
	admin("DELETE", "/one", "", 404)
	if s := b.post(); s.status != 200 {
		t.Errorf("a removed rule is in force: %d", s.status)
	}
	admin("DELETE", "", "", 200)
	for _, bad := range []string{`{"do":"explode"}`, `{"do":"drop","nth":-1}`, `{"do":"redirect"}`, `{"typo":1}`, `{`, `{"do":"html","status":42}`, `{"do":"drop","probability":2}`} {
		admin("POST", "", bad, 400)
	}
	if n := len(b.plan.Hits()); n != 1 {
		t.Errorf("%d rules are listed; only the one that hit something should be", n)
	}
}

func TestGateAnswers429WithRetryAfter(t *testing.T) {
	fake := clock.NewFake(time.Unix(0, 0))
	gate := fault.NewGate(fake, fault.Limits{RequestsPerSecond: 0.5, Burst: 3})
	server := httptest.NewServer(gate.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	defer server.Close()
	b := &bench{t: t, url: server.URL}
	for i, want := range []int{200, 200, 200, 429} {
		if s := b.post(); s.status != want {
			t.Errorf("request %d: %d, want %d", i, s.status, want)
		}
	}
	if got := b.post().header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After is %q", got)
	}
	fake.Advance(2 * time.Second)
	if s := b.post(); s.status != 200 {
		t.Errorf("after the wait: %d", s.status)
	}
	if s := b.post(); s.status != 429 {
		t.Errorf("one more: %d", s.status)
	}
}

func eventually(t *testing.T, holds func() bool) bool {
	t.Helper()
	for range 200 {
		if holds() {
			return true
		}
		_ = clock.Real{}.Sleep(t.Context(), 10*time.Millisecond)
	}
	return holds()
}
