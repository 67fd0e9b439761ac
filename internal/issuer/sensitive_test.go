package issuer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/card-operator/card-operator/internal/issuer"
)

const hidden = "hunter2-4111"

type holder struct {
	Token issuer.Sensitive            `json:"token"`
	Many  []issuer.Sensitive          `json:"many"`
	ByKey map[issuer.Sensitive]string `json:"byKey"`
}

func newHolder() holder {
	s := issuer.NewSensitive(hidden)
	return holder{Token: s, Many: []issuer.Sensitive{s}, ByKey: map[issuer.Sensitive]string{s: "x"}}
}

func mustHide(t *testing.T, where, got string) {
	t.Helper()
	if strings.Contains(got, "hunter2") || strings.Contains(got, fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("%s shows the secret: %s", where, got)
	}
	if !strings.Contains(got, "[redacted]") {
		t.Errorf("%s must say that something is left out: %s", where, got)
	}
}

func TestSensitiveHidesUnderEveryVerb(t *testing.T) {
	s := issuer.NewSensitive(hidden)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%b", "%o", "%c", "%U", "%e", "%f", "%g", "%t", "%20s", "%-9v", "%.3s"} {
		mustHide(t, verb, fmt.Sprintf(verb, s))
		mustHide(t, verb+" of a pointer", fmt.Sprintf(verb, &s))
		mustHide(t, verb+" of a struct", fmt.Sprintf(verb, newHolder()))
	}
	mustHide(t, "Sprint", fmt.Sprint(s, newHolder()))
	mustHide(t, "String", s.String())
	mustHide(t, "GoString", s.GoString())
	mustHide(t, "an error", fmt.Errorf("login with %v failed", s).Error())
}

func TestSensitiveHidesInEveryEncoding(t *testing.T) {
	text, err := json.Marshal(newHolder())
	if err != nil {
		t.Fatal(err)
	}
	mustHide(t, "JSON", string(text))
	if text, err = yaml.Marshal(newHolder()); err != nil {
		t.Fatal(err)
	}
	mustHide(t, "YAML", string(text))
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var out bytes.Buffer
		slog.New(handler(&out)).Info("login", "token", issuer.NewSensitive(hidden), "holder", newHolder())
		mustHide(t, name, out.String())
	}
}

func TestSensitiveGivesItsContentToTheWireAlone(t *testing.T) {
	var got holder
	if err := json.Unmarshal([]byte(`{"token":"hunter2-4111"}`), &got); err != nil {
		t.Fatal(err)
	}
	if got.Token.Reveal() != hidden || got.Token.Len() != len(hidden) || got.Token.IsZero() {
		t.Error("what was decoded can be revealed")
	}
	if !(issuer.Sensitive{}).IsZero() {
		t.Error("nothing is nothing")
	}
}

// fmt looks past a Formatter on these ways, so the content must not be there to be seen.
func TestSensitiveIsHiddenWhereFmtSkipsItsFormatter(t *testing.T) {
	type holder struct{ hidden issuer.Sensitive }
	s := issuer.NewSensitive("hunter2")
	for _, verb := range []string{"%p", "%w", "%v", "%+v", "%#v"} {
		for _, text := range []string{fmt.Errorf(verb, s).Error(), fmt.Sprintf(verb, holder{s})} {
			if strings.Contains(text, "hunter2") {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
}
