package wire

import (
	"encoding/json"
	"strings"
	"testing"
)

type row struct {
	ID     Ident           `json:"id"`
	Name   Word            `json:"name"`
	Amount Amount          `json:"amount"`
	Total  Count           `json:"total"`
	At     Instant         `json:"at"`
	Odd    Lenient[Text]   `json:"odd"`
	List   Lenient[[]Text] `json:"list"`
}

// What money or identity depends on names its field; the rest is empty.
func TestStrictAndLenient(t *testing.T) {
	for field, text := range map[string]string{
		"id": `{"id":1.5}`, "name": `{"name":{}}`, "amount": `{"amount":"1,5"}`, "total": `{"total":-1}`,
	} {
		var r row
		if err := Decode([]byte(text), &r); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", text, err)
		}
	}
	var r row
	err := Decode([]byte(`{"id":17,"name":18,"amount":"0.00000001","total":"19","at":"1756191281381","odd":{},"list":["a",{}]}`), &r)
	if err != nil || r.ID != "17" || r.Name != "18" || r.Amount.Value.String() != "0.00000001" || r.Total.N != 19 || r.At.UnixMilli() != 1756191281381 || r.Odd.Value != "" || r.List.Value != nil {
		t.Errorf("%+v, %v", r, err)
	}
	err = Decode([]byte(`{"id":null,"name":null,"amount":null,"total":null,"at":null,"odd":null}`), &r)
	if err != nil || Decode(nil, &r) == nil || Decode([]byte(`[`), &r) == nil {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestInstants(t *testing.T) {
	for text, want := range map[string]int64{
		`"1756191281381"`: 1756191281381, `1756191281381`: 1756191281381, `1756191281`: 1756191281000, `"2025-08-26T06:54:41.381Z"`: 1756191281381,
		`"2025-08-26 06:54:41"`: -62135596800000, `17`: -62135596800000, `{}`: -62135596800000, `"99999999999999"`: -62135596800000, `-1756191281381`: -62135596800000,
	} {
		var i Instant
		if err := json.Unmarshal([]byte(text), &i); err != nil || i.UnixMilli() != want {
			t.Errorf("%s: %v, %v", text, i, err)
		}
	}
}

func TestObjectsAndRows(t *testing.T) {
	same := func(r row) (Ident, error) { return r.ID, NeedID("id", r.ID) }
	for text, ok := range map[string]bool{`{"id":"a"}`: true, `{}`: false, `null`: false, `[]`: false, `{"id":"a b"}`: false} {
		if _, err := Object(json.RawMessage(text), same); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
		if rows, err := RowsOf(same)(json.RawMessage(`[` + text + `]`)); (err == nil) != ok || ok && len(rows) != 1 {
			t.Errorf("[%s]: %v, %v", text, rows, err)
		}
	}
	if rows, err := Rows(json.RawMessage("null"), same); err == nil || rows != nil {
		t.Error("null is no list")
	}
	if RowIDs("a", Optional("b", ""), Optional("c", "c")) != nil || RowIDs("a", Optional("b", "b b")) == nil || RowIDs("") == nil {
		t.Error("ids")
	}
}

func TestScrub(t *testing.T) {
	if got := Scrub("a secret and abc", []string{"secret", "abc", ""}); got != "a [redacted] and abc" {
		t.Error(got)
	}
	if LastFour("4111 1111 1111 1234") != "1234" || LastFour("12x4") != "" || LastFour("1") != "" {
		t.Error("last four")
	}
	if got := Short(strings.Repeat("€", 100)); len(got) > 64 || !strings.HasSuffix(got, "€") {
		t.Error(got)
	}
}

// No value panics, and no error quotes it.
func FuzzValues(f *testing.F) {
	f.Add([]byte(`{"id":"a","name":"b","amount":"1.5","total":"7","at":1756191281381,"odd":[],"list":["a"]}`))
	f.Add([]byte(`{"amount":1e15,"total":"99999999999999999999","at":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var r row
		if err := Decode(body, &r); err != nil && (len(err.Error()) > 80 || strings.ContainsAny(err.Error(), "{[\"")) {
			t.Errorf("%v", err)
		}
		if len(r.Name) > MaxText || len(r.Odd.Value) > MaxText || r.Total.N < 0 {
			t.Errorf("%+v", r)
		}
	})
}

func TestACardNumberIsNoBIN(t *testing.T) {
	for text, want := range map[string]string{"493193": "493193", "49319301": "49319301", "": "", "PhysicalCard_493193": "PhysicalCard_493193", "4931930112345678": "", "4931 9301 1234 5678": ""} {
		if got := BIN(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
