package httpjson

import (
	"errors"
	"net/http"
)

// Codes are a dialect's codes for the reasons to refuse. No reason may be another's cause.
type Codes[C any] map[error]C

// Find is the code for err, and the reason that it is for.
func (codes Codes[C]) Find(err error) (code C, reason error) {
	for is, code := range codes {
		if errors.Is(err, is) {
			return code, is
		}
	}
	return code, nil
}

// TooLarge reports whether err is that of a body beyond the bound of Body.
func TooLarge(err error) bool {
	var tooLarge *http.MaxBytesError
	return errors.As(err, &tooLarge)
}
