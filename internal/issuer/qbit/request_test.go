package qbit_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/money"
)

const (
	sampleAccount = "c110e2aa-322b-4f3f-a795-f441955844ed"
	sampleCard    = "599a83b8-b1d8-4da9-b7e6-44e37b4dc25d"
)

// Every request that the document prints, made with the same values. change says where
// we knowingly differ from the sample.
func TestDocumentedRequests(t *testing.T) {
	var p issuer.Permit
	address := &issuer.Address{Line1: "江干区", Line2: "***街道", State: "ZheJiang", PostalCode: "000000", City: "HangZhou", Country: "CN"}
	for sample, c := range map[string]struct {
		options qbit.Options
		account string
		call    func(*qbit.Client) error
		change  map[string]any // nil drops the key
	}{
		"POST /open-api/v1/budget": {call: func(c *qbit.Client) error {
			_, err := c.CreateBudget(t.Context(), p, issuer.BudgetOrder{Name: "name", Opening: money.Must("1")})
			return err
		}},
		"PUT /open-api/v1/budget": {call: func(c *qbit.Client) error {
			return c.RenameBudget(t.Context(), "08971715-b7b4-4916-ad98-c1719ea2035f", "name")
		}},
		"POST /open-api/v1/budget/add": {call: func(c *qbit.Client) error {
			return c.MoveBudgetFunds(t.Context(), p, transfer("00f0012e-ce96-4135-8cf8-e6eb51463040", issuer.In, "0.11", "5dce475f-4950-4961-9977-0dad80d318e4"))
		}},
		"POST /open-api/v1/budget/sub": {call: func(c *qbit.Client) error {
			return c.MoveBudgetFunds(t.Context(), p, transfer("00f0012e-ce96-4135-8cf8-e6eb51463040", issuer.Out, "0.11", "4345bef4-401f-4b84-bab1-8fb7d6715199"))
		}},
		// The one sample with address1/2; everything else says addressLine1/2.
		"POST /open-api/v1/cards/create/check": {call: func(c *qbit.Client) error {
			_, err := c.CheckCard(t.Context(), issuer.CardOrder{
				Type: issuer.Prepaid, BIN: "414631", Usage: "test", Opening: money.Must("10"), ClientID: "887a12e3-6a3d-4001-af15-71f715889331",
				Cardholder: issuer.Cardholder{
					FirstName: "Yunssssssssssssssssssssssssssssssssspeng", LastName: "Chsssssssssssssddddddddddddddddden",
					PhoneCountryCode: "86", Phone: "13021918707",
				},
				Address: &issuer.Address{Line1: "2381 Zanker Rd Ste 110", City: "San Jose", Country: "US", PostalCode: "95131", State: "CA"},
			})
			return err
		}, change: map[string]any{"cardAddress": map[string]any{
			"addressLine1": "2381 Zanker Rd Ste 110", "addressLine2": "", "city": "San Jose", "country": "US", "postalCode": "95131", "state": "CA",
		}}},
		// One card per order, type and bin in place of provider, and an id.
		"POST /open-api/v1/cards": {call: func(c *qbit.Client) error {
			return c.CreateCard(t.Context(), p, issuer.CardOrder{
				Type: issuer.Prepaid, BIN: "493193", Usage: "test", Label: "memo", Opening: money.Must("10"), ClientID: "id",
				Cardholder: issuer.Cardholder{FirstName: "firstName", LastName: "lastName"},
			})
		}, change: map[string]any{"batchCount": num("1"), "provider": nil, "type": "PrepaidCard", "bin": "493193", "clientTransactionId": "id"}},
		"PUT /open-api/v1/cards/transfer/in": {options: samplePUT, account: sampleAccount, call: func(c *qbit.Client) error {
			return c.MoveCardFunds(t.Context(), p, transfer(sampleCard, issuer.In, "10", "1735144220487"))
		}},
		"PUT /open-api/v1/cards/transfer/out": {options: samplePUT, account: sampleAccount, call: func(c *qbit.Client) error {
			return c.MoveCardFunds(t.Context(), p, transfer(sampleCard, issuer.Out, "10", "id"))
		}, change: withID},
		"PUT /open-api/v1/cards/frozen": {options: samplePUT, account: sampleAccount, call: func(c *qbit.Client) error {
			return c.HoldCardFunds(t.Context(), p, transfer(sampleCard, issuer.In, "10", "id"))
		}, change: withID},
		"PUT /open-api/v1/cards/unfrozen": {options: samplePUT, account: sampleAccount, call: func(c *qbit.Client) error {
			return c.HoldCardFunds(t.Context(), p, transfer(sampleCard, issuer.Out, "10", "id"))
		}, change: withID},
		"PUT /open-api/v1/cards/suspend": {account: sampleAccount, call: func(c *qbit.Client) error { return c.FreezeCard(t.Context(), sampleCard) }},
		"PUT /open-api/v1/cards/enable":  {account: sampleAccount, call: func(c *qbit.Client) error { return c.UnfreezeCard(t.Context(), sampleCard) }},
		"DELETE /open-api/v1/cards": {account: sampleAccount, call: func(c *qbit.Client) error {
			return c.CloseCard(t.Context(), sampleCard, "id")
		}, change: withID},
		"GET /open-api/v1/configuration": {call: func(c *qbit.Client) error {
			_, err := c.CardFingerprint(t.Context(), sampleCard)
			return err
		}},
		// A payee's status is the issuer's to give.
		"POST /open-api/v1/benefiaries": {
			options: qbit.Options{ReceiverPath: "/benefiaries", ReceiverSampleNames: true}, account: "dd7774c1-e9a2-4942-921d-f6909cc8fa68",
			call: func(c *qbit.Client) error {
				_, err := c.CreateReceiver(t.Context(), p, issuer.ReceiverOrder{
					LastName: "QbitPay", AccountType: "Business", Currency: "USD", AccountNumber: issuer.NewSensitive("1234567890"),
					Address: address, BankAddress: address, BankName: "建设银行", BankBranchName: "杭州分行", RoutingType: "aba",
					RoutingNumber: "12345678", BIC: "XXX123456", IBAN: issuer.NewSensitive("0000000000000000"), BusinessNo: issuer.NewSensitive("000000"),
				})
				return err
			}, change: map[string]any{"status": nil}},
	} {
		t.Run(sample, func(t *testing.T) {
			w := newWorld(t, says(200, `{"data":true}`), options(c.options), account(c.account))
			_ = c.call(w.client)
			got := w.Last()
			if got.Method+" "+got.Path != sample {
				t.Errorf("sent %s %s", got.Method, got.Path)
			}
			want := object(t, fixture(t, "requests"))[sample].(map[string]any)
			maps.Copy(want, c.change)
			maps.DeleteFunc(want, func(_ string, v any) bool { return v == nil })
			if sent := object(t, got.Body); !reflect.DeepEqual(sent, want) {
				t.Errorf("sent %v\nwant %v", sent, want)
			}
			if h := got.Header; h.Get("x-qbit-access-token") != canaryToken || h.Get("Content-Type") != "application/json" || h.Get("Authorization") != "" {
				t.Errorf("headers %v", h)
			}
		})
	}
}

var (
	samplePUT = qbit.Options{TransferMethod: "PUT"}
	withID    = map[string]any{"clientTransactionId": "id"}
)

func num(s string) any { return json.Number(s) }

// The calls whose samples have no body, and withdraw, which has no sample.
func TestDocumentedQueries(t *testing.T) {
	const acc = "fc3827ec-58e9-4f42-a661-a3aa658c3e61"
	for want, call := range map[string]func(*qbit.Client) error{
		"GET /open-api/v1/budget?accountId=" + acc + "&limit=100&page=0": func(c *qbit.Client) error {
			_, err := c.ListBudgets(t.Context())
			return err
		},
		"GET /open-api/v1/budget/transactions?accountId=" + acc + "&limit=100&page=0": func(c *qbit.Client) error {
			_, err := c.BudgetMovements(t.Context(), "b")
			return err
		},
		"GET /open-api/v1/cards/bins?": func(c *qbit.Client) error { _, err := c.ListBINs(t.Context()); return err },
		"GET /open-api/v1/cards?accountId=" + acc + "&limit=100&page=0": func(c *qbit.Client) error {
			_, err := c.ListCards(t.Context())
			return err
		},
		"GET /open-api/v1/cards?accountId=" + acc + "&id=c&limit=100&page=0": func(c *qbit.Client) error {
			_, err := c.GetCard(t.Context(), "c")
			return err
		},
		"GET /open-api/v1/cards/info?accountId=" + acc + "&cardId=c": func(c *qbit.Client) error {
			_, err := c.RevealCard(t.Context(), "c")
			return err
		},
		"GET /open-api/v1/cards/transactions?accountId=" + acc + "&cardId=c&limit=100&page=0": func(c *qbit.Client) error {
			_, err := c.CardMovements(t.Context(), "c")
			return err
		},
		"GET /open-api/v1/cards/transactions?accountId=" + acc + "&limit=100&page=0": func(c *qbit.Client) error {
			_, err := c.FindMovements(t.Context(), "w")
			return err
		},
		"GET /open-api/v1/cards/transactions/a%2Fb%3Fc?": func(c *qbit.Client) error {
			_, err := c.MovementDetail(t.Context(), "a/b?c")
			return err
		},
		"GET /open-api/v1/cards/receivers?accountId=" + acc + "&currency=USD&limit=100&page=0": func(c *qbit.Client) error {
			_, err := c.ListReceivers(t.Context(), "USD")
			return err
		},
	} {
		w := newWorld(t, says(500, ""), account(acc))
		_ = call(w.client)
		if r := w.Last(); r.Method+" "+r.Path+"?"+r.Query != want || r.Body != "" {
			t.Errorf("sent %s %s?%s %s\nwant %s", r.Method, r.Path, r.Query, r.Body, want)
		}
	}
}

func TestWithdrawRequest(t *testing.T) {
	w := newWorld(t, says(200, `{"data":true}`), account(sampleAccount))
	err := w.client.Withdraw(t.Context(), issuer.Permit{}, issuer.Payout{CardID: "c", ReceiverID: "r", Amount: money.Must("12.50"), ClientID: "w"})
	want := map[string]any{"accountId": sampleAccount, "cardId": "c", "amount": num("12.5"), "clientTransactionId": "w", "receiverId": "r"}
	if r := w.Last(); err != nil || r.Method+r.Path != "POST/open-api/v1/cards/withdraw" || !reflect.DeepEqual(object(t, r.Body), want) {
		t.Errorf("%v, sent %+v", err, r)
	}
}

func TestOptionsChangeTheWire(t *testing.T) {
	w := newWorld(t, says(500, ""), options(qbit.Options{
		AccessTokenHeader: "x-ipeakoin-access-token", PageSize: 7, BudgetTransactionsByID: true, FingerprintQuery: true, ReceiversPath: "/cards/receiver",
	}))
	_, _ = w.client.BudgetMovements(t.Context(), "b")
	if r := w.Last(); r.Query != "id=b&limit=7&page=0" || r.Header.Get("x-ipeakoin-access-token") != canaryToken {
		t.Errorf("sent %+v", r)
	}
	_, _ = w.client.CardFingerprint(t.Context(), "c")
	if r := w.Last(); r.Query != "cardId=c" || r.Body != `{"cardId":"c"}` {
		t.Errorf("sent %+v", r)
	}
	_, _ = w.client.ListReceivers(t.Context(), "")
	if r := w.Last(); r.Path != "/open-api/v1/cards/receiver" {
		t.Errorf("sent %+v", r)
	}
}

// What can never be right is refused before anything is sent.
func TestNonsenseIsNotSent(t *testing.T) {
	w := newWorld(t, says(200, `{"data":true}`))
	c, ctx, p := w.client, t.Context(), issuer.Permit{}
	long := string(make([]byte, 129))
	for name, err := range map[string]error{
		"no amount":     c.MoveCardFunds(ctx, p, transfer("c", issuer.In, "0", "t")),
		"negative":      c.MoveBudgetFunds(ctx, p, transfer("b", issuer.Out, "-1", "t")),
		"no direction":  c.HoldCardFunds(ctx, p, transfer("c", "", "1", "t")),
		"no id":         c.MoveCardFunds(ctx, p, transfer("", issuer.In, "1", "t")),
		"no client id":  c.MoveCardFunds(ctx, p, transfer("c", issuer.In, "1", "")),
		"dots":          c.FreezeCard(ctx, ".."),
		"space":         c.FreezeCard(ctx, "a b"),
		"comma":         c.FreezeCard(ctx, "a,b"),
		"control":       c.FreezeCard(ctx, "a\x00b"),
		"long":          c.CloseCard(ctx, long, ""),
		"no name":       c.RenameBudget(ctx, "b", ""),
		"long name":     c.RenameBudget(ctx, "b", long),
		"no label":      c.CreateCard(ctx, p, issuer.CardOrder{Type: issuer.Prepaid}),
		"no type":       c.CreateCard(ctx, p, issuer.CardOrder{Label: "l"}),
		"empty payout":  c.Withdraw(ctx, p, issuer.Payout{CardID: "c", ReceiverID: "r", ClientID: "w"}),
		"no receiver":   c.Withdraw(ctx, p, issuer.Payout{CardID: "c", ClientID: "w", Amount: money.Must("1")}),
		"no payment id": c.Withdraw(ctx, p, issuer.Payout{CardID: "c", ReceiverID: "r", Amount: money.Must("1")}),
	} {
		if !issuer.Is(err, issuer.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(w.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
