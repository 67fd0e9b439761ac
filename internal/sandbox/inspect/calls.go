package inspect

import (
	"bufio"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"sync"
)

// Lost is the histogram's name for an answer that never reached the client.
const Lost = "lost"

var idSegment = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9]{19}`)

// Calls counts requests by endpoint and by what the client was told.
type Calls struct {
	mu     sync.Mutex
	counts map[string]map[string]int
}

// NewCalls returns a counter.
func NewCalls() *Calls { return &Calls{counts: map[string]map[string]int{}} }

// Wrap counts the requests of a handler.
func (c *Calls) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		endpoint := r.Method + " " + idSegment.ReplaceAllString(r.URL.Path, "{id}")
		watched := &watcher{ResponseWriter: w, told: strconv.Itoa(http.StatusOK), lost: func() { c.count(endpoint, Lost) }}
		next.ServeHTTP(watched, r)
		if watched.told != Lost {
			c.count(endpoint, watched.told)
		}
	})
}

func (c *Calls) count(endpoint, told string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts[endpoint] == nil {
		c.counts[endpoint] = map[string]int{}
	}
	c.counts[endpoint][told]++
}

// Counts is the number of requests per endpoint and status.
func (c *Calls) Counts() map[string]map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := make(map[string]map[string]int, len(c.counts))
	for endpoint, histogram := range c.counts {
		counts[endpoint] = map[string]int{}
		for told, n := range histogram {
			counts[endpoint][told] = n
		}
	}
	return counts
}

// watcher sees the status of an answer, or that its connection was taken away.
type watcher struct {
	http.ResponseWriter
	told string
	lost func()
}

// WriteHeader implements http.ResponseWriter.
func (w *watcher) WriteHeader(status int) {
	w.told = strconv.Itoa(status)
	w.ResponseWriter.WriteHeader(status)
}

// Hijack implements http.Hijacker. It counts at once: the client may learn of the loss
// before the handler returns.
func (w *watcher) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.told = Lost
		w.lost()
	}
	return conn, rw, err
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }
