package transport_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer/transport"
)

func TestCheckJSON(t *testing.T) {
	for text, ok := range map[string]bool{
		`{}`: true, ` [1, {"a": [null]}] `: true, `"x"`: true, `true`: true, `{"a":{"a":1},"b":[{"a":1},{"a":2}]}`: true,
		``: false, ` `: false, `{`: false, `{"a":1`: false, `[1,]`: false, `{}{}`: false, `{} x`: false, `nul`: false, `<html>`: false,
		`{"a\"b":"}{","c":"\\","d":[",",",",","]}`: true, `{"a":1,"\u0061":2}`: false, `{"":1,"":2}`: false, `{"a":{"b":1,"b":2}}`: false,
		manyKeys(100, "k"): true, manyKeys(100, "k50"): false, manyKeys(100, "K7"): false, manyKeys(10, "K7"): false,
		`{"a":1,"a":2}`: false, `{"a":1,"A":2}`: false, `{"code":0,"Code":1}`: false,
		`{"k":1,"` + "\u212a" + `":2}`:                              false, // the Kelvin sign folds to k
		`{"s":1,"` + "\u017f" + `":2}`:                              false, // the long s folds to s
		strings.Repeat("[", 32) + strings.Repeat("]", 32):           true,
		strings.Repeat("[", 33) + strings.Repeat("]", 33):           false,
		strings.Repeat("[", 1e6):                                    false,
		"[" + strings.Repeat("1,", 19_999) + "1]":                   true,
		"[" + strings.Repeat("1,", 20_000) + "1]":                   false,
		strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40): false,
	} {
		if err := transport.CheckJSON([]byte(text)); (err == nil) != ok {
			t.Errorf("%.40q: %v", text, err)
		} else if err != nil && len(err.Error()) > 60 {
			t.Errorf("%v", err)
		}
	}
}

// manyKeys is an object with the keys k0, k1, …, and one more.
func manyKeys(n int, more string) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range n {
		fmt.Fprintf(&b, "%q:%d,", fmt.Sprint("k", i), i)
	}
	fmt.Fprintf(&b, "%q:0}", more)
	return b.String()
}

func FuzzCheckJSON(f *testing.F) {
	f.Add([]byte(`{"code":0,"data":[{"id":"a"}]}`))
	f.Add([]byte(`[[[`))
	f.Fuzz(func(_ *testing.T, body []byte) { _ = transport.CheckJSON(body) })
}
