package interlace

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/money"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
)

const (
	sampleID      = "d8eda079-6ba7-409e-99c8-ab5f83566fbd"
	sampleAccount = "78ad30f2-5794-47c7-b413-62cc599ab203"
)

func at(ms int64) time.Time { return time.UnixMilli(ms) }

func sampleCard() ledger.Card {
	return ledger.Card{
		ID: sampleID, Account: sampleAccount, Type: ledger.BudgetFunded, BIN: "411111", LastFour: "4567",
		Label: "Personal Visa", BalanceID: "0d13f168-339b-4b74-a412-07a6ababcd9c", State: ledger.Active,
		BudgetID: "c0598084-16d9-4426-b98e-382166afb0eb", HolderID: "4377d744-23cf-4c5e-9a39-34c70cf39c31",
		Holder: ledger.Holder{FirstName: "John", LastName: "Doe"}, Created: at(1756191281381),
		Address: &ledger.Address{Line1: "123 Main Street", Line2: "Apt 4B", City: "New York", State: "NY", Country: "US", PostalCode: "10001"},
		Limits:  []ledger.Limit{{Interval: ledger.PerLifetime, Amount: money.Must("5000")}},
		History: []ledger.Turn{{State: ledger.StateFrozen, Time: at(1776160116145), Via: "/open-api/v3/cards/71ad58d8-9da2-4788-8d87-6d8bd1e6d41e/freeze"}},
	}
}

func sampleMovement() ledger.Movement {
	return ledger.Movement{
		ID: sampleID, Account: sampleAccount, CardID: "0d13f168-339b-4b74-a412-07a6ababcd9c", Kind: ledger.KindConsumption,
		Amount: money.Must("125.5"), Fee: money.Must("3.25"), ClientID: "client_txn_abc123def456", Status: ledger.StatusClosed,
		Time: at(1756191281381), ClosedAt: at(1767498148032), Detail: "Amazon.com",
	}
}

// objects are the documents' samples, remade from ledger objects that hold what they say.
func objects(h *Handler) map[string]any {
	return map[string]any{
		"card":             h.cardRowOf(sampleCard()),
		"card-transaction": h.cardTransactionRowOf(sampleMovement()),
		"budget": h.budgetRowOf(ledger.Budget{
			ID: "e9561c9f-a7f6-4356-b2fe-4a4984c33c01", Account: "c83929c5-4ff3-42d4-af6d-56043022ebad", Created: at(1758005368531),
			Name: "test name11222322222333", BalanceID: "a95b3d17-c8a4-4036-9898-13123d47c79f", State: ledger.StateInactive,
		}, money.Zero),
		"budget-transaction": h.budgetTransactionRowOf(ledger.Movement{
			ID: "4f6d3e91-b8d0-4a7a-9a60-94c8e3c5f731", Account: "cae9efe2-b577-4632-8c57-8822ddb8542a",
			BudgetID: "b2312eab-8b13-40c7-a7e2-221ef79cfd09", CardID: "1a9e92d7-1d12-4a6b-9b5b-9f2cb2d6a120",
			Amount: money.Must("200"), Fee: money.Must("5"), ClientID: "txn_custom_123456", PaymentID: "TXN-20250911-0001",
			Kind: ledger.KindBudgetIn, Status: ledger.StatusClosed, Time: at(1755498145103), Detail: "Card payment for order #789",
		}),
		"card-wallet": walletRowOf(ledger.Balance{
			ID: "1f74664d-7680-4038-ac0f-16e62d7d0372", Account: "1f74664d-7680-4038-ac0f-16e62d7d0372",
			Created: at(1755498145103), Available: money.Must("12.03"), Kind: ledger.PurseWallet,
		}),
		"card-bin": h.binRowOf(ledger.BIN{
			ID: "bin-123e4567-e89b-12d3-a456-426614174000", Number: "411111", Type: ledger.Prepaid, Network: "VISA",
			Currencies: []string{"USD", "EUR", "CNY"}, AVS: true, DayLimit: "5000", SingleLimit: "1000", Physical: true,
		}),
		"consumption-scenario": scenarioRow{42, "Amazon"},
		"cardholder": h.cardholderRowOf(ledger.Cardholder{
			ID: "1967846523043602433", Status: ledger.CardholderActive, Account: "ab892db2-cb95-4794-a481-013585e15ed2",
			Holder: ledger.Holder{FirstName: "xu", LastName: "mingru", Email: "[email\u00a0protected]", PhoneCode: "86", Phone: "19921638850"},
			BINs:   []string{"1871360496083530000", "1871360596906217473", "1871360464026470000", "1871360899013545985"},
		}),
		"infinity-account-transaction": answer{codeSuccess, "success", h.accountTransactionRowOf(ledger.Movement{
			ID: "9392c37e-c3da-4cf9-b34d-d6e19748bc3f", Account: "d37deed7-f0e7-4635-a43a-781af0cb59f0", Amount: money.Must("1"),
			Kind: ledger.KindIssuanceFee, Status: ledger.StatusClosed, Time: at(1710813276127),
			From: ledger.Purse{Kind: ledger.PurseWallet}, To: ledger.Purse{Kind: ledger.PurseFees},
		})},
	}
}

// differences are the paths at which an answer cannot be what the sample prints: ids that
// the sandbox derives, texts that its ledger does not hold, and what the sample itself says
// otherwise than its own table (direction 2 is out).
var differences = map[string]bool{
	"card.cardStatusChangeRecordList[0].accountId": true, "card.cardStatusChangeRecordList[0].cardId": true,
	"card.cardStatusChangeRecordList[0].userId": true,
	"card-transaction.cardTransactionId":        true, "card-transaction.merchantMid": true, "card-transaction.detail": true,
	"card-transaction.direction": true, "card-transaction.feeDetails[0].feeType": true,
	"infinity-account-transaction.data.direction": true,
}

func sample(t *testing.T, name string) any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var content any
	if err := json.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	return content
}

func onWire(t *testing.T, v any) (content any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	return content
}

func TestObjectsOfTheResourcesDocument(t *testing.T) {
	h := &Handler{}
	made := objects(h)
	row, err := privateRowOf(ledger.Card{
		PAN: ledger.NewSecret("4938751900004425"), CVV: ledger.NewSecret("123"), ExpYear: 2028, ExpMonth: 9, BIN: "49387519", LastFour: "4425",
	}, "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	made["card-private-info"] = row
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != len(made) {
		t.Errorf("%d samples and %d objects", len(files), len(made))
	}
	for name, object := range made {
		same(t, name, onWire(t, object), sample(t, name))
	}
}

// same wants equal values, or, at differences and in what is encrypted, equal types and
// lengths.
func same(t *testing.T, path string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		got, _ := got.(map[string]any)
		for key := range want {
			if _, there := got[key]; !there {
				t.Errorf("%s.%s is missing", path, key)
				continue
			}
			same(t, path+"."+key, got[key], want[key])
		}
		for key := range got {
			if _, there := want[key]; !there {
				t.Errorf("%s.%s is not in the sample", path, key)
			}
		}
	case []any:
		got, _ := got.([]any)
		if len(got) != len(want) {
			t.Errorf("%s has %d entries, want %d", path, len(got), len(want))
			return
		}
		for i := range want {
			same(t, path+"["+strconv.Itoa(i)+"]", got[i], want[i])
		}
	case string:
		got, isText := got.(string)
		encrypted := strings.HasPrefix(path, "card-private-info.") && !strings.HasSuffix(path, ".bin") && !strings.HasSuffix(path, ".cardLastFour")
		if !isText || !differences[path] && !encrypted && got != want || encrypted && len(got) != len(want) {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	default:
		if reflect.TypeOf(got) != reflect.TypeOf(want) || !differences[path] && got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
}

// The vectors that a decoder of the documents' scheme must read.
func TestSealed(t *testing.T) {
	for plain, want := range map[string]string{
		"4111111111111111": "85d68cc502b7a6c91414d85e2fdd89b18aa36241fde8df054dc325c6c695b89e",
		"123":              "bca928a79e8d22aed7d3dc80add9af7b",
		"2028":             "7a71954afbdf04adfb833e959699eed3",
		"09":               "ecda9e1a496f44d35866b75409400922",
	} {
		if got, err := seal("0123456789abcdef0123456789abcdef", plain); err != nil || got != want {
			t.Errorf("%s is %s, want %s: %v", plain, got, want, err)
		}
	}
	if got, err := seal("short", "123"); err == nil || got != "" {
		t.Errorf("a secret that is no key: %q, %v", got, err)
	}
}

func TestSpellings(t *testing.T) {
	h := &Handler{opts: Options{TitleCase: true, NumericNames: true, TextTotals: true}}
	made := objects(h)
	for path, want := range map[string]any{
		"card.status": "Active", "budget.status": "Inactive", "cardholder.status": "Active",
		"budget-transaction.type": 0.0, "card-bin.type": 0.0, "card-transaction.status": "Closed",
	} {
		name, key, _ := strings.Cut(path, ".")
		if got := onWire(t, made[name]).(map[string]any)[key]; got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if got := h.list(nil, 3).Total; got != "3" {
		t.Errorf("the total is %v", got)
	}
}

func TestBalancesHaveEightDecimals(t *testing.T) {
	for amount, want := range map[string]string{"0": "0.00000000", "12.5": "12.50000000", "0.00000001": "0.00000001"} {
		if got := long(money.Must(amount)); got != want {
			t.Errorf("%s is %s, want %s", amount, got, want)
		}
	}
}
