package webhook

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// maxEchoedID bounds, in bytes, the issuer's id that an answer repeats.
const maxEchoedID = 128

// verdict is what a message was found to be.
type verdict struct {
	result Result
	status int
	// issuer that vouched for it; empty when none did.
	issuer string
	// id is the issuer's, which some want to see in the answer.
	id string
}

// refused is the one answer to everybody who cannot prove to be the issuer: they are not
// told whether there is such a CardIssuer.
func refused() verdict { return verdict{result: Refused, status: http.StatusUnauthorized} }

func busy() verdict { return verdict{result: Busy, status: http.StatusServiceUnavailable} }

func unreadable(err error) verdict {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return verdict{result: Oversized, status: http.StatusRequestEntityTooLarge}
	case isTimeout(err):
		return verdict{result: Failed, status: http.StatusRequestTimeout}
	default:
		return verdict{result: Failed, status: http.StatusBadRequest}
	}
}

// receipt is the answer: the issuers want "received", the older of them the id too.
type receipt struct {
	Received bool   `json:"received"`
	ID       string `json:"id,omitempty"`
}

func (v verdict) answer(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	switch v.status {
	case http.StatusOK:
		h.Del("Connection")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(v.status)
	body := receipt{Received: v.status == http.StatusOK}
	if body.Received && len(v.id) <= maxEchoedID {
		body.ID = strings.ToValidUTF8(v.id, "")
	}
	_ = json.NewEncoder(w).Encode(body) // a sender that has left needs no answer
}
