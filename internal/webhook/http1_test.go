package webhook

import (
	"io"
	"net/http"
	"sync"
)

// http1 is a client that keeps as many connections as it has senders.
type http1 struct {
	once      sync.Once
	transport *http.Transport
}

func (h *http1) post(r *http.Request) (int, error) {
	h.once.Do(func() { h.transport = &http.Transport{MaxIdleConnsPerHost: 64} })
	res, err := h.transport.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

func (h *http1) close() {
	if h.transport != nil {
		h.transport.CloseIdleConnections()
	}
}
