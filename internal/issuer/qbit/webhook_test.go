package qbit_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

// sampleSecret is the public one of the vendor's sample, ownSecret that of our vector.
const (
	sampleSecret = "25d55ad283aa400af464c76d713c07ad"
	ownSecret    = "0123456789abcdef0123456789abcdef"
)

func withSecret(secret string) setting {
	return func(c *qbit.Config, _ *transport.Config) {
		c.Credentials = qbit.Credentials{ClientID: "client", ClientSecret: issuer.NewSensitive(secret)}
	}
}

func verify(t *testing.T, secret, body string) (issuer.Notice, error) {
	t.Helper()
	return newWorld(t, says(500, ""), withSecret(secret)).client.Verify(issuer.Webhook{Body: []byte(body), Now: epoch})
}

// Data in the order of the sample, with null, numbers, objects, arrays and other spacing.
const (
	sampleData = `{"transactionTime":"2021-11-22T07:34:10.997Z","accountId":null,"appendFee":0,"businessType":"Inbound","clientTransactionId":null,
		"counterparty":"SAILINGWOOD;;US;1800948598;;091000019","createTime":"2021-11-22T07:34:10.997Z","currency":"USD","fee":0,
		"holderId":"d2bd6ab3-3c28-4ac7-a7c4-b7eed5eee367","id":"ee74c872-8173-4b67-81b1-5746e7d5ab88","settlementCurrency":null,"status":"Closed",
		"transactionAmount":11,"transactionId":"124d3804-defa-4033-9f30-1d8b0468e506"}`
	sampleSign = "8287d5539c03918c9de51176162c2bf7065d5a8756b014e3293be1920c20d102"
	ownData    = `{"id":"c-1","status":"Active","budgetId":null,"amount":0.11,"cardAddress": { "city":"San Jose", "addressLine1":"1 Main St"},"tags":[ "b", "a" ]}`
	ownSign    = "5391e784d66eb7cfc036b511997b212d43d5d941a57f7a661f2b1c9710069a88"
)

func TestPublishedSignatures(t *testing.T) {
	for sign, c := range map[string]struct{ secret, data string }{sampleSign: {sampleSecret, sampleData}, ownSign: {ownSecret, ownData}} {
		notice, err := verify(t, c.secret, `{"id":"e-1","businessType":"x","data":`+c.data+`,"sign":"`+sign+`"}`)
		if err != nil || notice != (issuer.Notice{ID: "e-1"}) {
			t.Errorf("%+v, %v", notice, err)
		}
		for name, body := range map[string]string{
			"other data": `{"id":"e-1","data":` + strings.Replace(c.data, `"id"`, `"id2"`, 1) + `,"sign":"` + sign + `"}`,
			"more data":  `{"id":"e-1","data":{"zz":1,` + c.data[1:] + `,"sign":"` + sign + `"}`,
			"upper case": `{"id":"e-1","data":` + c.data + `,"sign":"` + strings.ToUpper(sign) + `"}`,
			"short sign": `{"id":"e-1","data":` + c.data + `,"sign":"` + sign[:62] + `"}`,
			"no sign":    `{"id":"e-1","data":` + c.data + `}`,
			"no data":    `{"id":"e-1","sign":"` + sign + `"}`,
			"data null":  `{"id":"e-1","data":null,"sign":"` + sign + `"}`,
			"data text":  `{"id":"e-1","data":"x","sign":"` + sign + `"}`,
			"no hex":     `{"id":"e-1","data":{},"sign":"zz"}`,
			"key twice":  `{"id":"e-1","data":{"a":1,"A":2},"sign":"` + sign + `"}`,
			"cut":        `{"id":"e-1","data":` + c.data,
			"page":       page, "empty": "", "too large": strings.Repeat(" ", 1<<20) + "{}",
		} {
			if notice, err := verify(t, c.secret, body); !issuer.Is(err, issuer.Unauthorized) || notice != (issuer.Notice{}) {
				t.Errorf("%s: %+v, %v", name, notice, err)
			}
		}
		if _, err := verify(t, "another", `{"id":"e-1","data":`+c.data+`,"sign":"`+sign+`"}`); !issuer.Is(err, issuer.Unauthorized) || !strings.Contains(err.Error(), "clientSecret") {
			t.Errorf("another secret: %v", err)
		}
	}
}

// What is signed, written out: texts as they are, numbers by their literal, JSON compact,
// its keys in order and its texts escaped as JavaScript does.
func TestWhatIsSigned(t *testing.T) {
	for data, text := range map[string]string{
		`{}`:                             "",
		`{"b":true,"a":false}`:           "a=false&b=true",
		`{"b":1.50,"a":1e3,"c":-0}`:      "a=1e3&b=1.50&c=-0",
		`{"a":"x=1&b=2","A1":"y"}`:       "A1=y&a=x=1&b=2",
		`{"a":"\u00e9\n<>&\u2028"}`:      "a=é\n<>&\u2028",
		`{"a":["\u00e9\n<>&\u2028"]}`:    "a=[\"é\\n<>&\u2028\"]",
		`{"a":["\u0001\"\\\/\b\f\r\t"]}`: `a=["\u0001\"\\/\b\f\r\t"]`,
		`{"a":{"z":{"y":null,"x":[ 1.0 , {"c":1,"b":2} ]}}}`: `a={"z":{"x":[1.0,{"b":2,"c":1}],"y":null}}`,
		`{"a":[],"b":{}}`: "a=[]&b={}",
	} {
		mac := hmac.New(sha256.New, []byte(ownSecret))
		_, _ = mac.Write([]byte(text))
		body := fmt.Sprintf(`{"id":"e","data":%s,"sign":"%s"}`, data, hex.EncodeToString(mac.Sum(nil)))
		if _, err := verify(t, ownSecret, body); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}
}

// The card that a message is about, as far as can be told: a hint.
func TestCardsInMessages(t *testing.T) {
	for data, c := range map[string]struct{ text, card string }{
		`{"cardId":"c-1","id":"m-1"}`:                  {"cardId=c-1&id=m-1", "c-1"},
		`{"id":"c-2","provider":"PrepaidCard_493193"}`: {"id=c-2&provider=PrepaidCard_493193", "c-2"},
		`{"id":"x"}`:       {"id=x", ""},
		`{"cardId":null}`:  {"cardId=", ""},
		`{"cardId":"a b"}`: {"cardId=a b", ""},
		`{"cardId":[1]}`:   {"cardId=[1]", ""},
	} {
		mac := hmac.New(sha256.New, []byte(ownSecret))
		_, _ = mac.Write([]byte(c.text))
		notice, err := verify(t, ownSecret, fmt.Sprintf(`{"id":["x"],"data":%s,"sign":"%s"}`, data, hex.EncodeToString(mac.Sum(nil))))
		if err != nil || notice != (issuer.Notice{CardID: c.card}) {
			t.Errorf("%s: %+v, %v", data, notice, err)
		}
	}
}

func TestWebhooksNeedTheSecret(t *testing.T) {
	_, err := newWorld(t, says(500, "")).client.Verify(issuer.Webhook{Body: []byte(`{"data":{},"sign":"00"}`)})
	if !issuer.Is(err, issuer.Unauthorized) || !strings.Contains(err.Error(), "clientSecret") {
		t.Error(err)
	}
}

func TestAssumptionsAreTold(t *testing.T) {
	can := newWorld(t, says(500, "")).client.Capabilities()
	if len(can.Assumed) == 0 || !can.Has(issuer.FeatureWebhooks) {
		t.Errorf("%+v", can)
	}
	for _, a := range can.Assumed {
		if a.What == "" || a.Option == "" || !strings.HasSuffix(a.What, ".") {
			t.Errorf("%+v", a)
		}
	}
}
