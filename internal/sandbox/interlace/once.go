package interlace

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
)

// keyHeader makes a call repeatable (developer pages, idempotency).
const keyHeader = "Idempotency-Key"

// keyed are the methods that honour it.
var keyed = []string{http.MethodPost, http.MethodPut, http.MethodPatch}

// once serves a call, or replays what it was answered with before. The key counts where
// the document says: for POST, PUT and PATCH with the header and with an accountId in the
// body, within one account and one request URI; elsewhere it is ignored without a word. A
// twin in flight is told so; a key with another body is refused, of which the document is
// silent. Only successes are remembered.
func (h *Handler) once(c *call, serve endpoint) (any, error) {
	key := c.Header.Get(keyHeader)
	var body struct{ AccountID string }
	ignored := h.opts.NoDeduplication || key == "" || !slices.Contains(keyed, c.Method)
	if ignored || httpjson.Unmarshal(c.body, &body) != nil || body.AccountID == "" {
		return serve(c)
	}
	if err := c.own(body.AccountID); err != nil {
		return nil, err
	}
	name := body.AccountID + "\x00" + key + "\x00" + c.URL.RequestURI()
	return h.memory.Try(name, fingerprint(c.body), func() (any, error) { return serve(c) })
}

// fingerprint is the same for bodies that say the same.
func fingerprint(body []byte) string {
	var content map[string]json.RawMessage
	if err := json.Unmarshal(body, &content); err != nil {
		return string(body)
	}
	text, err := json.Marshal(content)
	if err != nil {
		return string(body)
	}
	return string(text)
}
