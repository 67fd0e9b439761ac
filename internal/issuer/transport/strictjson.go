package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"
)

// Bounds of an issuer's JSON.
const (
	maxDepth    = 32
	maxElements = 20_000
)

// Errors of CheckJSON. None quotes the text.
var (
	errNotJSON   = errors.New("the answer is not JSON")
	errTrailing  = errors.New("something follows the JSON answer")
	errTooDeep   = errors.New("the JSON answer is nested too deeply")
	errTooMany   = errors.New("the JSON answer has too many elements")
	errDuplicate = errors.New("the JSON answer has the same key twice")
)

// CheckJSON accepts exactly one JSON value of at most 32 levels with at most 20 000
// members in one object or array, in which no object has two keys that encoding/json
// would take for the same field.
func CheckJSON(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := checkValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

func checkValue(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return errNotJSON
	}
	opening, nested := t.(json.Delim)
	if !nested {
		return nil
	}
	if depth >= maxDepth {
		return errTooDeep
	}
	if err := checkMembers(d, opening, depth); err != nil {
		return err
	}
	if _, err := d.Token(); err != nil {
		return errNotJSON
	}
	return nil
}

func checkMembers(d *json.Decoder, opening json.Delim, depth int) error {
	keys := map[string]bool{}
	for n := 0; d.More(); n++ {
		if n >= maxElements {
			return errTooMany
		}
		if opening == '{' {
			if err := checkKey(d, keys); err != nil {
				return err
			}
		}
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func checkKey(d *json.Decoder, keys map[string]bool) error {
	t, err := d.Token()
	key, ok := t.(string)
	if err != nil || !ok {
		return errNotJSON
	}
	key = strings.Map(fold, key)
	if keys[key] {
		return errDuplicate
	}
	keys[key] = true
	return nil
}

// fold maps all runes that encoding/json takes for equal to the same one.
func fold(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
