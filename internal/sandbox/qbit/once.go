package qbit

import "encoding/json"

// once runs a call that carries a client transaction id. Where the sandbox was told to
// deduplicate it, the first successful answer is replayed.
func (h *Handler) once(c *call, name Call, clientID string, in any, run func() (any, error)) (any, error) {
	if clientID == "" || !h.opts.Deduplicate[name] {
		return run()
	}
	fingerprint, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	key := c.book.Account().ID + "\x00" + string(name) + "\x00" + clientID
	return h.memory.Do(key, string(fingerprint), run)
}
