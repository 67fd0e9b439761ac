package httpjson_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/sandbox/httpjson"
)

func TestBodiesAreBounded(t *testing.T) {
	read := map[string]func(http.ResponseWriter, *http.Request) error{
		"body":   func(w http.ResponseWriter, r *http.Request) error { _, err := httpjson.Body(w, r); return err },
		"decode": func(w http.ResponseWriter, r *http.Request) error { var in any; return httpjson.Decode(w, r, &in) },
	}
	for name, f := range read {
		for size, good := range map[int]bool{1 << 19: true, 1 << 20: false, 1 << 21: false} {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`"`+strings.Repeat("x", size)+`"`))
			err := f(httptest.NewRecorder(), r)
			if (err == nil) != good || httpjson.TooLarge(err) == good {
				t.Errorf("%s of %d: %v", name, size, err)
			}
		}
	}
	if err := httpjson.Unmarshal(nil, &struct{}{}); err != nil {
		t.Errorf("no body: %v", err)
	}
}

func TestWhatCannotBeEncodedIsAnError(t *testing.T) {
	w := httptest.NewRecorder()
	httpjson.Write(w, http.StatusOK, func() {})
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status %d", w.Code)
	}
	w = httptest.NewRecorder()
	httpjson.Write(w, http.StatusCreated, httpjson.Rows([]int{1}, func(n int) string { return strings.Repeat("<", n) }))
	if w.Code != http.StatusCreated || w.Body.String() != "[\"<\"]\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestCodes(t *testing.T) {
	known := errors.New("known")
	codes := httpjson.Codes[int]{io.EOF: 1, known: 2}
	if code, reason := codes.Find(fmt.Errorf("wrapped: %w", known)); code != 2 || !errors.Is(reason, known) {
		t.Errorf("%d for %v", code, reason)
	}
	if code, reason := codes.Find(errors.New("another")); code != 0 || reason != nil {
		t.Errorf("another error has the code %d for %v", code, reason)
	}
}

func TestNatural(t *testing.T) {
	for text, want := range map[string]int{"": 7, "0": 0, "12": 12, "-1": -1, "x": -1, "99999999999": -1} {
		if n, err := httpjson.Natural(text, 7); want >= 0 && n != want || (err != nil) != (want < 0) {
			t.Errorf("%q is %d, %v", text, n, err)
		}
	}
}
