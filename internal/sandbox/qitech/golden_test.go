package qitech_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

// sample is an example of the document.
func sample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sameShape wants the keys and JSON types of a sample, and its forms of times.
func sameShape(t *testing.T, name, got, want string) {
	t.Helper()
	var g, w any
	if json.Unmarshal([]byte(got), &g) != nil || json.Unmarshal([]byte(want), &w) != nil {
		t.Fatalf("%s is no JSON: %s", name, got)
	}
	compare(t, name, g, w)
}

var digits = regexp.MustCompile(`[0-9]+`)

func compare(t *testing.T, path string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%T", got), fmt.Sprintf("%T", want); g != w {
		t.Errorf("%s is a %s, want a %s", path, g, w)
		return
	}
	switch want := want.(type) {
	case map[string]any:
		got, _ := got.(map[string]any)
		if g, w := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(g, w) {
			t.Errorf("%s has keys %v, want %v", path, g, w)
			return
		}
		for key := range want {
			compare(t, path+"."+key, got[key], want[key])
		}
	case []any:
		got, _ := got.([]any)
		if len(got) == 0 {
			t.Errorf("%s is empty", path)
			return
		}
		compare(t, path+"[0]", got[0], want[0])
	case string:
		got, _ := got.(string)
		if strings.HasSuffix(want, "Z") && digits.ReplaceAllString(got, "0") != digits.ReplaceAllString(want, "0") {
			t.Errorf("%s is %s, want the form of %s", path, got, want)
		}
	}
}

func TestTheDocumentsExampleOfAnOrder(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qitech.ActivationDelay = 0 })
	got := w.call("POST", "/prepaid/card", sample(t, "create-request"))
	if got.status != http.StatusCreated {
		t.Fatalf("%d %s", got.status, got.text)
	}
	sameShape(t, "created", got.text, sample(t, "create-response"))
	if !strings.Contains(got.text, `"created_at":"2026-11-01T09:00:00Z","status":"created"`) {
		t.Errorf("answer is %s", got.text)
	}
	cards := w.ledger.Snapshot().Cards
	if len(cards) != 1 || cards[0].Label != "ecommerce" || cards[0].Holder.LastName != "Aurora Catarina" || cards[0].CVVInterval != 72*time.Hour {
		t.Errorf("cards are %+v", cards)
	}
}

func TestTheDocumentsExampleOfAnError(t *testing.T) {
	w := newWorld(t)
	got := w.call("POST", "/prepaid/card", order(map[string]any{"printed_name": "Aurora REFUSE"}))
	var g, want any
	if json.Unmarshal([]byte(got.text), &g) != nil || json.Unmarshal([]byte(sample(t, "create-error")), &want) != nil {
		t.Fatal("no JSON")
	}
	if got.status != http.StatusBadRequest || !reflect.DeepEqual(g, want) {
		t.Errorf("%d %s", got.status, got.text)
	}
}

func TestTheDocumentsExampleOfAWebhook(t *testing.T) {
	w := newWorld(t)
	key := w.activeCard()
	w.call("PATCH", "/prepaid/card/"+key, `{"status":"blocked"}`)
	sent := w.handler.Webhooks(apiKey)
	if len(sent) != 4 {
		t.Fatalf("%d webhooks: %+v", len(sent), sent)
	}
	body := func(x qitech.Webhook) string {
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		return string(bytes.TrimSpace(text))
	}
	sameShape(t, "created", body(sent[0]), sample(t, "webhook-created"))
	want := fmt.Sprintf(`{"webhook_type":"baas.prepaid_card.card","event_datetime":"2026-11-01T09:00:00.250Z","data":{`+
		`"card_key":%q,"account_key":%q,"program_key":%q,"status":"created","type":"virtual"}}`, key, account, program)
	if got := body(sent[0]); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	var said []string
	for _, x := range sent[1:] {
		sameShape(t, "changed", body(x), sample(t, "webhook-changed"))
		said = append(said, x.Data.OldStatus+">"+x.Data.Status)
	}
	if got := strings.Join(said, " "); got != "created>building building>active active>blocked" {
		t.Errorf("said %s", got)
	}
	if others := w.handler.Webhooks(otherAPIKey); len(others) != 0 || w.handler.Webhooks("nobody") != nil {
		t.Errorf("others hear of it: %+v", others)
	}
}

func TestSamplesOfTheOtherPages(t *testing.T) {
	w := newWorld(t)
	key := w.activeCard()
	purchase := w.call("POST", "/mock/card/authorization", fmt.Sprintf(`{"card_key":%q,"merchant_name":"Supermarket XYZ","merchant_city":"São Paulo",
		"merchant_region":"BR","merchant_postal_code":"01001000","merchant_mcc":"5411","amount":150.75,"authorization_type":"purchase"}`, key))
	for name, got := range map[string]answer{
		"purchase": purchase, "get": w.call("GET", "/prepaid/card/"+key, ""), "list": w.call("GET", cardsOfMine, ""),
		"pci": w.call("GET", "/prepaid/card/"+key+"/pci", ""), "authorizations": w.call("GET", "/prepaid/card/"+key+"/authorizations", ""),
	} {
		if got.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
		sameShape(t, name, got.text, sample(t, name))
	}
	if want := strings.TrimSpace(strings.ReplaceAll(sample(t, "purchase"), " ", "")); purchase.text != want {
		t.Errorf("purchase: %s", purchase.text)
	}
	if !ledger.Luhn(w.reveal(key).Number) {
		t.Error("the card number is not one")
	}
}
