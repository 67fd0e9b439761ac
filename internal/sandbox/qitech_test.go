package sandbox_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/inspect"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

// withQITech adds a client whose signatures are trusted.
func withQITech(opts sandbox.Options) sandbox.Options {
	opts.QITech = qitech.Options{TrustSignatures: true, Clients: []qitech.Client{{
		APIKey: sandbox.DefaultQITechAPIKey, Programs: []string{sandbox.DefaultQITechProgramKey},
	}}}
	return opts
}

// qi sends a request as the QI Tech client of withQITech.
func (i issuer) qi(method, path, body string) (status int, text string, err error) {
	i.t.Helper()
	r, err := http.NewRequestWithContext(i.t.Context(), method, i.url+path, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	signed := body
	if signed == "" {
		signed = "{}"
	}
	sum := md5.Sum([]byte(signed))
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	r.Header.Set("AUTHORIZATION", part(map[string]string{"alg": "ES512", "typ": "JWT"})+"."+part(map[string]string{
		"payload_md5": hex.EncodeToString(sum[:]), "method": method, "uri": path,
		"timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"),
	})+".")
	r.Header.Set("API-CLIENT-KEY", sandbox.DefaultQITechAPIKey)
	return i.send(r)
}

func qiOrder(name string) string {
	return fmt.Sprintf(`{"account_key":%q,"program_key":%q,"type":"virtual","card_name":%q,"printed_name":"Ada","cvv_rotation_interval_hours":24}`,
		sandbox.DefaultAccountID, sandbox.DefaultQITechProgramKey, name)
}

func TestReportFindsTwoOpenCardsOfOneName(t *testing.T) {
	i := start(t, withQITech(sandbox.Options{Faults: []fault.Rule{{Path: "/prepaid/card", Method: "POST", Nth: 1, Do: fault.CommitDrop}}}))
	if _, _, err := i.qi("POST", "/prepaid/card", qiOrder("tok")); err == nil {
		t.Fatal("the answer was not lost")
	}
	for _, name := range []string{"tok", "other", "ended", "ended"} {
		status, text, err := i.qi("POST", "/prepaid/card", qiOrder(name))
		if err != nil || status != http.StatusCreated {
			t.Fatalf("%d %s %v", status, text, err)
		}
		var made struct {
			Key string `json:"card_key"`
		}
		if err := json.Unmarshal([]byte(text), &made); err != nil {
			t.Fatal(err)
		}
		if name == "ended" {
			if status, text, _ := i.qi("PATCH", "/prepaid/card/"+made.Key, `{"status":"canceled"}`); status != http.StatusOK {
				t.Errorf("%d %s", status, text)
			}
		}
	}
	r := i.report()
	if len(r.Duplicates) != 1 || r.Duplicates[0].What != "label" || r.Duplicates[0].Key != "tok" || len(r.Duplicates[0].IDs) != 2 {
		t.Errorf("duplicates are %+v", r.Duplicates)
	}
	if told := r.Calls["POST /prepaid/card"]; told[inspect.Lost] != 1 || told["201"] != 4 {
		t.Errorf("calls are %v", r.Calls)
	}
	if told := r.Calls["PATCH /prepaid/card/{id}"]; told["200"] != 2 {
		t.Errorf("calls are %v", r.Calls)
	}
}

func TestLimitsApplyToQITech(t *testing.T) {
	i := start(t, withQITech(sandbox.Options{Limits: fault.Limits{RequestsPerSecond: 0.001, Burst: 1}}))
	for path, want := range map[string]int{"/test/" + sandbox.DefaultQITechAPIKey: http.StatusOK} {
		if status, text, _ := i.qi("GET", path, ""); status != want {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	for _, path := range []string{"/prepaid/card", "/test", "/mock/card/authorization"} {
		if status, text, _ := i.qi("POST", path, "{}"); status != http.StatusTooManyRequests {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
}

func TestTheMerchantTakesQITechCards(t *testing.T) {
	i := start(t, withQITech(sandbox.Options{}))
	_, text, err := i.qi("POST", "/prepaid/card", qiOrder("tok"))
	if err != nil {
		t.Fatal(err)
	}
	card := i.report().Cards[0]
	_, revealed, _ := i.qi("GET", "/prepaid/card/"+card.ID+"/pci", "")
	var s struct {
		Number  string `json:"card_number"`
		CVV     string
		Expires string `json:"expiration_date"`
	}
	if err := json.Unmarshal([]byte(revealed), &s); err != nil {
		t.Fatalf("%s %v", text, err)
	}
	month, year, _ := strings.Cut(s.Expires, "/")
	paid := i.must("POST", "/merchant/payments", fmt.Sprintf(
		`{"pan":%q,"cvv":%q,"expMonth":%q,"expYear":%q,"amount":"12.50","merchant":"Shop"}`, s.Number, s.CVV, month, year))
	r := i.report()
	if !strings.Contains(paid, `"approved":true`) || r.Wallets[sandbox.DefaultAccountID].String() != "999987.50" || !r.Conservation.Holds {
		t.Errorf("%s, wallets %v", paid, r.Wallets)
	}
	if everything := i.must("GET", "/sandbox/report", "") + i.must("GET", "/sandbox/report?format=text", ""); strings.Contains(everything, s.Number) {
		t.Error("the card number is shown")
	}
}

func TestWithoutAKeyQITechKnowsNobody(t *testing.T) {
	i := start(t, sandbox.Options{})
	status, text, err := i.qi("POST", "/prepaid/card", qiOrder("tok"))
	if err != nil || status != http.StatusNotFound || !strings.Contains(text, string(qitech.CodeUnknownAPIKey)) {
		t.Errorf("%d %s %v", status, text, err)
	}
	if _, err := sandbox.New(sandbox.Options{QITech: qitech.Options{Clients: []qitech.Client{{APIKey: "x"}}}}); err == nil {
		t.Error("a client without a key is accepted")
	}
}

func TestQITechKeepsToItsAccount(t *testing.T) {
	opts := withQITech(sandbox.Options{Ledger: ledger.Options{Accounts: []ledger.Account{
		{ID: sandbox.DefaultAccountID}, {ID: sandbox.DefaultQITechAccountKey},
	}}})
	opts.QITech.Clients[0].AccountID = sandbox.DefaultQITechAccountKey
	i := start(t, opts)
	order := strings.Replace(qiOrder("tok"), sandbox.DefaultAccountID, sandbox.DefaultQITechAccountKey, 1)
	if status, text, _ := i.qi("POST", "/prepaid/card", order); status != http.StatusCreated {
		t.Fatalf("%d %s", status, text)
	}
	if got := i.must("GET", "/open-api/v1/cards", ""); !strings.Contains(got, `"total":0`) {
		t.Errorf("the other dialect lists %s", got)
	}
}
