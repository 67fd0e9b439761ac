package demo

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/money"
)

var cardData = map[string][]byte{
	"pan": []byte("4111111111111111"), "cvv": []byte("987"), "expMonth": []byte("10"), "expYear": []byte("2029"), "lastFour": []byte("1111"),
}

func TestAMountedSecretLooksAsInAPod(t *testing.T) {
	dir, unmount, err := mount(cardData)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range cardData {
		link, err := os.Lstat(filepath.Join(dir, key))
		if err != nil || link.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link: %v", key, err)
		}
		file, err := os.Stat(filepath.Join(dir, key))
		if err != nil || file.Mode().Perm() != 0o400 {
			t.Errorf("%s has mode %v: %v", key, file.Mode(), err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, key)); err != nil || string(got) != string(want) {
			t.Errorf("%s does not hold its value: %v", key, err)
		}
	}
	if err := unmount(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("the card is still there after unmounting")
	}
}

// shop is a merchant that answers what it is told to and keeps the last order.
func shop(t *testing.T, status int, answer string) (url string, order map[string]string) {
	t.Helper()
	order = map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	return server.URL, order
}

func mounted(t *testing.T, data map[string][]byte) string {
	t.Helper()
	dir, unmount, err := mount(data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unmount() })
	return dir
}

func TestThePayerPaysWithWhatIsMounted(t *testing.T) {
	url, order := shop(t, http.StatusOK, `{"id":"p1","approved":true,"cardLastFour":"1111"}`)
	paid, err := payer{mounted(t, cardData), url}.pay(t.Context(), money.Must("12.50"), "Example")
	if err != nil || paid.ID != "p1" || paid.CardLastFour != "1111" {
		t.Errorf("got %+v and %v", paid, err)
	}
	want := map[string]string{
		"pan": "4111111111111111", "cvv": "987", "expMonth": "10", "expYear": "2029", "amount": "12.50", "merchant": "Example",
	}
	for key, value := range want {
		if order[key] != value {
			t.Errorf("the merchant was not told the right %s", key)
		}
	}
	if len(order) != len(want) {
		t.Errorf("the merchant was told %d things, want %d", len(order), len(want))
	}
}

func TestAPaymentThatFailsIsAnErrorWithoutTheCard(t *testing.T) {
	for want, answer := range map[string]struct {
		status int
		text   string
	}{
		"declined: insufficient": {http.StatusOK, `{"approved":false,"reason":"insufficient funds"}`},
		"400":                    {http.StatusBadRequest, `{}`},
		"not JSON":               {http.StatusOK, `<html>4111111111111111</html>`},
	} {
		url, _ := shop(t, answer.status, answer.text)
		_, err := payer{mounted(t, cardData), url}.pay(t.Context(), money.Must("1.00"), "Example")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "4111") {
			t.Errorf("want an error about %q that does not quote the card", want)
		}
	}
}

func TestAMissingKeyIsNamed(t *testing.T) {
	_, err := payer{mounted(t, map[string][]byte{"pan": []byte("4111111111111111")}), "http://127.0.0.1:1"}.
		pay(t.Context(), money.Must("1.00"), "Example")
	if err == nil || !strings.Contains(err.Error(), "cvv") {
		t.Errorf("got %v", err)
	}
}
