package notify

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"
)

const maxRequest = 16 << 10

// request is a Request on the wire.
type request struct {
	Event     string `json:"event"`
	CardID    string `json:"cardId"`
	Code      string `json:"code"`
	ExpiresIn string `json:"expiresIn"`
	Fault     Fault  `json:"fault"`
}

// Admin serves /sandbox/webhooks; the package comment has the contract.
func (n *Notifier) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sandbox/webhooks", n.send)
	mux.HandleFunc("GET /sandbox/webhooks", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, n.Counts()) })
	return mux
}

func (n *Notifier) send(w http.ResponseWriter, r *http.Request) {
	in, err := read(w, r)
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"message": err.Error()})
		return
	}
	id, err := n.Send(in)
	switch {
	case errors.Is(err, ErrFull):
		answer(w, http.StatusServiceUnavailable, map[string]string{"message": err.Error()})
	case err != nil:
		answer(w, http.StatusBadRequest, map[string]string{"message": err.Error()})
	default:
		answer(w, http.StatusAccepted, map[string]string{"id": id})
	}
}

func read(w http.ResponseWriter, r *http.Request) (Request, error) {
	var in request
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	d.DisallowUnknownFields()
	if d.Decode(&in) != nil {
		return Request{}, errors.New(`want {"event", "cardId", "code", "expiresIn", "fault"}`)
	}
	if in.Fault != "" && !slices.Contains(faults, in.Fault) {
		return Request{}, errors.New("fault: want duplicate, delay, corrupt, unsigned or stale")
	}
	out := Request{Event: in.Event, CardID: in.CardID, Code: in.Code, Fault: in.Fault}
	if in.ExpiresIn == "" {
		return out, nil
	}
	lifetime, err := time.ParseDuration(in.ExpiresIn)
	if err != nil || lifetime < 0 {
		return Request{}, errors.New(`expiresIn: want a duration, for example "5m"`)
	}
	out.ExpiresIn = lifetime
	return out, nil
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has left needs no answer
}
