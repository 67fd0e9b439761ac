package sandbox_test

import (
	"crypto/aes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/sandbox"
	"github.com/card-operator/card-operator/internal/sandbox/fault"
	"github.com/card-operator/card-operator/internal/sandbox/interlace"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

// v3 is a sandbox and a token of its v3 dialect.
type v3 struct {
	issuer
	token string
}

func startV3(t *testing.T, opts sandbox.Options) v3 {
	t.Helper()
	i := v3{issuer: start(t, opts)}
	code := i.data("GET", "/oauth/authorize?clientId="+sandbox.DefaultClientID, "")["code"]
	i.token, _ = i.data("POST", "/oauth/access-token", fmt.Sprintf(`{"clientId":%q,"code":%q}`, sandbox.DefaultClientID, code))["accessToken"].(string)
	return i
}

// send calls v3 with its token.
func (i v3) send(method, path, body string) (status int, text []byte) {
	i.t.Helper()
	r, err := http.NewRequestWithContext(i.t.Context(), method, i.url+interlace.Prefix+path, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	r.Header.Set("x-access-token", i.token)
	response, err := i.client.Do(r)
	if err != nil {
		i.t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err = io.ReadAll(response.Body); err != nil {
		i.t.Fatal(err)
	}
	return response.StatusCode, text
}

// data is the data of a good answer.
func (i v3) data(method, path, body string) map[string]any {
	i.t.Helper()
	_, text := i.send(method, path, body)
	var answer struct {
		Code string
		Data map[string]any
	}
	if err := json.Unmarshal(text, &answer); err != nil || answer.Code != "000000" {
		i.t.Fatalf("%s %s: %s %v", method, path, answer.Code, err)
	}
	return answer.Data
}

func (i v3) holder(email string) string {
	i.t.Helper()
	return i.data("POST", "/cardholders", fmt.Sprintf(`{"firstName":"First","lastName":"Last","email":%q}`, email))["id"].(string)
}

func (i v3) order(reference, label, holder string) map[string]any {
	i.t.Helper()
	bin, _ := i.Ledger().FindBIN("493193", ledger.Prepaid)
	return i.data("POST", "/prepaid-card", fmt.Sprintf(
		`{"binId":%q,"cardholderId":%q,"referenceId":%q,"label":%q,"cardMode":"VIRTUAL_CARD","amount":"10"}`, bin.ID, holder, reference, label))
}

func TestBothDialectsOfTheIssuerShowTheSameMoney(t *testing.T) {
	i := startV3(t, sandbox.Options{})
	card := i.order("ref", "ads", i.holder("a@example.com"))
	id := card["id"].(string)
	i.must("POST", "/open-api/v1/cards/transfer/in", fmt.Sprintf(`{"cardId":%q,"cost":5,"clientTransactionId":"v1"}`, id))
	rows := i.data("GET", "/cards/transaction-list?clientTransactionId=v1&accountId="+sandbox.DefaultAccountID, "")["list"].([]any)
	if len(rows) != 1 || rows[0].(map[string]any)["amount"] != "5" {
		t.Errorf("rows are %v", rows)
	}
	if listed := i.must("GET", "/open-api/v1/cards", ""); !strings.Contains(listed, id) {
		t.Errorf("v1 lists %s", listed)
	}
	old := i.card("1")
	listed := i.data("GET", "/card-list?cardId="+old.ID+"&accountId="+sandbox.DefaultAccountID, "")
	if listed["total"] != 1.0 {
		t.Errorf("v3 lists %v", listed)
	}
}

func TestTheDefaultSecretOpensACard(t *testing.T) {
	i := startV3(t, sandbox.Options{})
	card := i.order("ref", "ads", i.holder("a@example.com"))
	row := i.data("GET", "/cards/"+card["id"].(string), "")
	block, err := aes.NewCipher([]byte(sandbox.DefaultInterlaceSecret))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := hex.DecodeString(row["pan"].(string))
	if err != nil || len(sealed) != 32 || len(sandbox.DefaultInterlaceSecret) != 32 {
		t.Fatalf("%d bytes under a secret of %d: %v", len(sealed), len(sandbox.DefaultInterlaceSecret), err)
	}
	block.Decrypt(sealed, sealed[:16])
	pan := string(sealed[:16])
	if !ledger.Luhn(pan) || !strings.HasSuffix(pan, card["cardLastFour"].(string)) {
		t.Error("the number is not the card's")
	}
	if everything := i.must("GET", "/sandbox/report", "") + i.must("GET", "/sandbox/report?format=text", ""); strings.Contains(everything, pan) {
		t.Error("the report shows a card number")
	}
}

func TestTheReportSeesWhatV3DidTwice(t *testing.T) {
	i := startV3(t, sandbox.Options{Interlace: interlace.Options{NoDeduplication: true, DuplicateReferences: true, DuplicateNames: true}})
	holder := i.holder("a@example.com")
	card := i.order("ref", "ads", holder)["id"]
	if found := i.report().Duplicates; len(found) != 0 {
		t.Fatalf("duplicates are %v", found)
	}
	i.order("other", "ads", holder) // a label is a text for people
	if found := i.report().Duplicates; len(found) != 0 {
		t.Fatalf("duplicates are %v", found)
	}
	i.order("ref", "ads", holder)
	for range 2 {
		i.data("POST", "/cards/transfer-in", fmt.Sprintf(`{"cardId":%q,"amount":"1","clientTransactionId":"m"}`, card))
		i.data("POST", "/budgets", `{"name":"team"}`)
	}
	i.holder("A@example.com")
	for range 2 { // who was rejected may try again
		i.data("POST", "/cardholders", `{"firstName":"First","lastName":"REFUSE","email":"b@example.com"}`)
	}
	var what []string
	for _, d := range i.report().Duplicates {
		what = append(what, d.What+" "+d.Key)
	}
	want := []string{"movement m", "reference ref", "budget team", "cardholder first last <a@example.com>"}
	if !slices.Equal(what, want) {
		t.Errorf("duplicates are %q, want %q", what, want)
	}
}

func TestFaultsAndTheHandOfTheStaffReachV3(t *testing.T) {
	i := startV3(t, sandbox.Options{Ledger: ledger.Options{CardholderReviewDelay: time.Hour}})
	id := i.holder("a@example.com")
	i.must("POST", "/sandbox/cardholders/"+id+"/status", `{"status":"Active"}`)
	i.order("ref", "ads", id)
	if status, text, _ := i.call("POST", "/sandbox/cardholders/nobody/status", `{"status":"Active"}`); status != 404 {
		t.Errorf("%d %s", status, text)
	}
	r := i.report()
	if len(r.Cardholders) != 1 || r.Cardholders[0].Status != "Active" || r.Cards[0].Reference != "ref" {
		t.Errorf("%+v", r.Cardholders)
	}
	if _, err := i.Faults().Add(fault.Rule{Method: "GET", Path: interlace.Prefix + "/cardholders/*", Do: fault.Refuse, Status: 503}); err != nil {
		t.Fatal(err)
	}
	if status, _ := i.send("GET", "/cardholders/"+id, ""); status != 503 {
		t.Errorf("the rule gave %d", status)
	}
	if n := i.report().Calls["GET "+interlace.Prefix+"/cardholders/{id}"]["503"]; n != 1 {
		t.Errorf("calls are %v", i.report().Calls)
	}
	i.data("GET", "/budgets", "")
	i.Interlace().Expire()
	if status, _ := i.send("GET", "/budgets", ""); status != http.StatusUnauthorized {
		t.Errorf("after Expire: %d", status)
	}
}

func TestASecretThatIsNoKeyIsRefused(t *testing.T) {
	bad := sandbox.Options{Interlace: interlace.Options{Clients: []interlace.Client{{ID: "c", Secret: "short"}}}}
	if _, err := sandbox.New(bad); err == nil {
		t.Error("accepted")
	}
}
