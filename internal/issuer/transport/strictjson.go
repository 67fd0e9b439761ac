package transport

import (
	"bytes"
	"encoding/json"
	"errors"
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
	errNotJSON   = errors.New("the answer is not one JSON value")
	errTooDeep   = errors.New("the JSON answer is nested too deeply")
	errTooMany   = errors.New("the JSON answer has too many elements")
	errDuplicate = errors.New("the JSON answer has the same key twice")
)

// CheckJSON accepts exactly one JSON value of at most 32 levels with at most 20 000
// members in one object or array, in which no object has two keys that encoding/json
// would take for the same field.
func CheckJSON(body []byte) error {
	if !json.Valid(body) {
		return errNotJSON
	}
	var open []level
	for i := 0; i < len(body); i++ {
		top := len(open) - 1
		switch body[i] {
		case '{', '[':
			if len(open) == maxDepth {
				return errTooDeep
			}
			open = append(open, level{atKey: body[i] == '{', object: body[i] == '{'})
		case '}', ']':
			open = open[:top]
		case ',':
			if err := open[top].next(); err != nil {
				return err
			}
		case '"':
			end := endOfText(body, i)
			if top >= 0 && open[top].atKey && !open[top].take(body[i:end+1]) {
				return errDuplicate
			}
			i = end
		}
	}
	return nil
}

// endOfText is where the text that begins at from ends, in valid JSON.
func endOfText(body []byte, from int) int {
	for i := from + 1; ; i++ {
		switch body[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
}

// level is an object or array that has not ended.
type level struct {
	object bool
	// atKey: what comes next in an object is a key.
	atKey  bool
	commas int
	// few are the first keys, and many has all of them once there are more.
	few  [][]byte
	many map[string]bool
}

const fewKeys = 24

// next begins another element.
func (l *level) next() error {
	l.atKey = l.object
	if l.commas++; l.commas >= maxElements {
		return errTooMany
	}
	return nil
}

// take notes a key and reports whether it is a new one.
func (l *level) take(text []byte) bool {
	l.atKey = false
	key := keyOf(text)
	if l.many != nil {
		return l.add(key)
	}
	for _, known := range l.few {
		if bytes.EqualFold(known, key) {
			return false
		}
	}
	if l.few = append(l.few, key); len(l.few) > fewKeys {
		l.many = map[string]bool{}
		for _, known := range l.few {
			l.add(known)
		}
	}
	return true
}

func (l *level) add(key []byte) bool {
	folded := strings.Map(fold, string(key))
	known := l.many[folded]
	l.many[folded] = true
	return !known
}

// keyOf is a key as encoding/json reads it.
func keyOf(text []byte) []byte {
	for _, c := range text {
		if c == '\\' || c >= 0x80 {
			var key string
			_ = json.Unmarshal(text, &key) // the whole body is valid
			return []byte(key)
		}
	}
	return text[1 : len(text)-1]
}

// fold maps all runes that encoding/json takes for equal to the same one.
func fold(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
