package money_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/card-operator/card-operator/internal/money"
)

func TestParseTakesPlainDecimalsOnly(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0.00", "50": "50.00", "50.5": "50.50", "0.11": "0.11", "-3.10": "-3.10",
		"0.125": "0.125", "999999999999999": "999999999999999.00", "007": "7.00",
	} {
		got, err := money.Parse(in)
		if err != nil || got.String() != want {
			t.Errorf("Parse(%q) = %v, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", " 1", "1 ", "1.", ".5", "1e3", "1k", "+1", "1,000", "0x10", "NaN", "Inf",
		"1000000000000000", "0.1234567890123", "--1", "1.2.3", "١"} {
		if got, err := money.Parse(in); err == nil {
			t.Errorf("Parse(%q) = %v; want an error", in, got)
		}
	}
}

func TestJSONNumbersAreReadExactly(t *testing.T) {
	for in, want := range map[string]string{
		`0.11`: "0.11", `1e2`: "100.00", `1.5E-3`: "0.0015", `"0.00000000"`: "0.00", `null`: "0.00",
		`0.1000000000000000`: "0.10", `-7`: "-7.00",
	} {
		var got money.Amount
		if err := json.Unmarshal([]byte(in), &got); err != nil || got.String() != want {
			t.Errorf("%s decodes to %v, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`1e99`, `1e15`, `"1e999999999"`, `"abc"`, `true`, `{}`, `0.000000000000000000001`} {
		var got money.Amount
		if err := json.Unmarshal([]byte(in), &got); err == nil {
			t.Errorf("%s decodes to %v; want an error", in, got)
		}
	}
}

func TestTheNoiseOfDoublesIsNoMoney(t *testing.T) {
	for in, want := range map[string]string{
		`30.000000000000004`: "30.00", `0.30000000000000004`: "0.30", `-1234.5600000000002`: "-1234.56", `1000000.2999999999`: "1000000.30",
		`5.551115123125783e-17`: "0.00", `"99.99000000000001"`: "99.99", `0.00000000000000001`: "0.00",
		`0.123456789012`: "0.123456789012", `1234567890.12345678`: "1234567890.12345678", `999999999999999.12`: "999999999999999.12",
	} {
		var got money.Amount
		if err := json.Unmarshal([]byte(in), &got); err != nil || got.String() != want {
			t.Errorf("%s decodes to %v, %v; want %s", in, got, err, want)
		}
	}
}

func TestSumsThatFloatsGetWrong(t *testing.T) {
	sum := money.Zero
	for range 1000 {
		sum = sum.Add(money.Must("0.1"))
	}
	if !sum.Equal(money.Must("100")) {
		t.Errorf("a thousand times 0.1 = %v", sum)
	}
	if n := money.Must("0.30").Sub(money.Must("0.20")).Number(); n != "0.1" {
		t.Errorf("0.30 - 0.20 = %v", n)
	}
}

func TestEveryAmountSurvivesTheWireAndTheManifest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.Int64Range(-1e12, 1e12).Draw(t, "units")
		text := fmt.Sprintf("%d.%02d", units, rapid.IntRange(0, 99).Draw(t, "cents"))
		a, err := money.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		wire, _ := json.Marshal(a)
		var back money.Amount
		if err := json.Unmarshal(wire, &back); err != nil || !back.Equal(a) {
			t.Fatalf("%s went out as %s and came back as %v, %v", text, wire, back, err)
		}
		again, err := money.Parse(a.String())
		if err != nil || !again.Equal(a) {
			t.Fatalf("%s printed as %s, which reads %v, %v", text, a, again, err)
		}
	})
}
