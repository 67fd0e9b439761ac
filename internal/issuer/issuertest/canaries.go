package issuertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
)

// Canaries: no error, in no format, may show one of them.
const (
	CanaryToken   = "canary-static-token-1"
	CanarySecret  = "canary-client-secret-2"
	CanaryLogin   = "canary-login-token-3"
	CanaryPAN     = "4242424242424242"
	CanaryAccount = "7781-bank-5"
	CanaryMail    = "canary@example.com"
)

var canaries = []string{CanaryToken, CanarySecret, CanaryLogin, CanaryPAN, CanaryAccount, "canary"}

// ShowsNoCanary fails if err shows a secret in any format, or is not bounded.
func ShowsNoCanary(t testing.TB, err error) {
	t.Helper()
	var e *issuer.Error
	if !errors.As(err, &e) {
		t.Errorf("%v is no issuer error", err)
		return
	}
	asJSON, _ := json.Marshal(e)
	text := fmt.Sprintf("%v %+v %#v %s %q %+v %s", err, err, err, err, err, *e, asJSON)
	HoldsNoCanary(t, text)
	if len(e.Message) > issuer.MaxMessage || len(e.Code) > 64 || strings.Contains(text, "http://") {
		t.Errorf("too much is shown: %s", text)
	}
}

// HoldsNoCanary fails if a text holds a secret.
func HoldsNoCanary(t testing.TB, text string) {
	t.Helper()
	for _, c := range canaries {
		if strings.Contains(text, c) {
			t.Errorf("%s is shown: %.200s", c, text)
		}
	}
}

// EchoStatuses are those that an echo may come with.
var EchoStatuses = []int{200, 400, 403, 404, 409, 422, 500}

// Echoes are the answers of a malicious or careless issuer, which repeats what it was
// sent.
func Echoes(sent ...string) []string {
	echo := strings.Join(sent, " and ") + strings.Repeat(" x", 4000)
	return []string{
		`{"code":7,"message":"` + echo + `"}`, `{"code":"` + CanaryPAN + strings.Repeat("9", 100) + `","message":"m"}`,
		`{"code":0,"data":"` + echo + `"}`, `{"code":0,"data":{"data":[{"id":"` + echo + `","amount":"` + CanaryPAN + `"}]}}`,
		`{"code":0,"data":{"list":[{"id":"` + echo + `","amount":"` + CanaryPAN + `"}],"total":1}}`,
		`{"code":0,"data":{"pan":"` + CanaryPAN + `","cvv":"canary","expYear":"1","expMonth":"13","bin":"424242","cardLastFour":"4242"}}`,
		`{"qbitCardNo":"` + CanaryPAN + `","cvv":"canary","expYear":"1","expMonth":"13"}`, echo,
	}
}

// StrangeIDs are ids that no issuer gives: one could widen a filter, another leave a path.
var StrangeIDs = []string{"", "a,b", "..", "a b", "a\nb", strings.Repeat("x", 129)}
