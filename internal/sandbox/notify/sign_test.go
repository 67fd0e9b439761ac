package notify

import (
	"encoding/json"
	"strings"
	"testing"
)

// The vectors of the reference pages, by their data.
func TestTheDocumentsSignatures(t *testing.T) {
	for _, c := range []struct{ name, secret, data, text, sign string }{
		{
			"SDK sample", "25d55ad283aa400af464c76d713c07ad",
			`{"id":"ee74c872-8173-4b67-81b1-5746e7d5ab88","accountId":null,"holderId":"d2bd6ab3-3c28-4ac7-a7c4-b7eed5eee367","createTime":"2021-11-22T07:34:10.997Z","transactionTime":"2021-11-22T07:34:10.997Z","transactionId":"124d3804-defa-4033-9f30-1d8b0468e506","clientTransactionId":null,"currency":"USD","settlementCurrency":null,"counterparty":"SAILINGWOOD;;US;1800948598;;091000019","transactionAmount":11,"fee":0,"appendFee":0,"businessType":"Inbound","status":"Closed"}`,
			"accountId=&appendFee=0&businessType=Inbound&clientTransactionId=&counterparty=SAILINGWOOD;;US;1800948598;;091000019&createTime=2021-11-22T07:34:10.997Z&currency=USD&fee=0&holderId=d2bd6ab3-3c28-4ac7-a7c4-b7eed5eee367&id=ee74c872-8173-4b67-81b1-5746e7d5ab88&settlementCurrency=&status=Closed&transactionAmount=11&transactionId=124d3804-defa-4033-9f30-1d8b0468e506&transactionTime=2021-11-22T07:34:10.997Z",
			"8287d5539c03918c9de51176162c2bf7065d5a8756b014e3293be1920c20d102",
		},
		{
			"nested", "0123456789abcdef0123456789abcdef",
			`{"id":"c-1","status":"Active","budgetId":null,"amount":0.11,"cardAddress":{"city":"San Jose","addressLine1":"1 Main St"},"tags":["b","a"]}`,
			`amount=0.11&budgetId=&cardAddress={"addressLine1":"1 Main St","city":"San Jose"}&id=c-1&status=Active&tags=["b","a"]`,
			"5391e784d66eb7cfc036b511997b212d43d5d941a57f7a661f2b1c9710069a88",
		},
	} {
		d := json.NewDecoder(strings.NewReader(c.data))
		d.UseNumber()
		var data map[string]any
		if err := d.Decode(&data); err != nil {
			t.Fatal(err)
		}
		text, err := qbitText(data)
		if err != nil || text != c.text || qbitSign(c.secret, text) != c.sign {
			t.Errorf("%s: %v\n%s\n%s", c.name, err, text, qbitSign(c.secret, text))
		}
	}
	if got := interlaceSign("0123456789abcdef0123456789abcdef", []byte(`{"id":"1234567890","status":"ACTIVE"}`)); got != "9YzIiBPTklmOj7MKOFqRYE4KefdXzP5ZyxhhLMVFmao=" {
		t.Errorf("Interlace: %s", got)
	}
}

func TestObjectsAreSignedAsJavaScriptPrintsThem(t *testing.T) {
	got, err := qbitText(map[string]any{"a": map[string]any{"b": "<&>\u2028", "a": true}, "c": false})
	if want := "a={\"a\":true,\"b\":\"<&>\u2028\"}&c=false"; err != nil || got != want {
		t.Errorf("%v, %s", err, got)
	}
	if _, err := qbitText(map[string]any{"a": func() {}}); err == nil {
		t.Error("what is no JSON was signed")
	}
}
