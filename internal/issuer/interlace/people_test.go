package interlace_test

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/interlace"
	"github.com/card-operator/card-operator/internal/issuer/issuertest"
)

func TestStatesOfCardholders(t *testing.T) {
	for status, want := range map[string]issuer.HolderState{
		`"ACTIVE"`: issuer.HolderActive, `"active"`: issuer.HolderActive, `"INACTIVE"`: issuer.HolderInactive, `"PENDING"`: issuer.HolderPending,
		`"MELTING"`: issuer.HolderPending, `null`: issuer.HolderPending,
	} {
		row := `{"id":"h","firstName":"Ada","lastName":"Love","email":"a@b.c","rejectReason":"no\n4242424242424242 ` + strings.Repeat("x ", 400) + `","cardBinList":{},"status":` + status + `}`
		holders, err := newWorld(t, says(200, listOf(row))).client.ListCardholders(t.Context())
		if err != nil || holders[0].State != want || len(holders[0].RejectReason) > issuer.MaxMessage || strings.Contains(holders[0].RejectReason, "4242") || holders[0].BINs != nil {
			t.Errorf("%s: %+v, %v", status, holders, err)
		}
	}
}

// The account's mode wants fields of its own; they come along and replace nothing.
func TestANewCardholdersFields(t *testing.T) {
	w := newWorld(t, says(200, data(`"h-9"`)), options(interlace.Options{CardholderFields: map[string]string{"businessModel": "B2C_MOR", "gender": "F"}}))
	made, err := w.client.CreateCardholder(t.Context(), issuer.Permit{}, issuer.HolderOrder{
		Cardholder: issuer.Cardholder{FirstName: "Ada", LastName: "Love"}, ProductID: "bin-1", ClientID: "h-1",
		Address: &issuer.Address{Line1: "1 Main St", City: "San Jose", State: "CA", Country: "US", PostalCode: "95131"},
	})
	want := issuertest.Object(t, `{"accountId":"`+account+`","binId":"bin-1","firstName":"Ada","lastName":"Love","businessModel":"B2C_MOR","gender":"F",
		"address":{"addressLine1":"1 Main St","addressLine2":"","city":"San Jose","state":"CA","country":"US","postalCode":"95131"}}`)
	if got := issuertest.Object(t, w.Last().Body); err != nil || !reflect.DeepEqual(got, want) || made.ID != "h-9" || made.State != issuer.HolderPending {
		t.Errorf("%v, %+v, %v", got, made, err)
	}
}

// The rules that the document states name the manifest's field, without a request.
func TestPeopleThatTheIssuerWouldRefuse(t *testing.T) {
	for field, h := range map[string]issuer.Cardholder{
		"spec.cardholder.firstName":         {FirstName: "Zoë", LastName: "Love"},
		"spec.cardholder.lastName":          {FirstName: "Ada", LastName: "de Love"},
		"spec.cardholder.phone.countryCode": {FirstName: "Ada", LastName: "Love", PhoneCountryCode: "+1234"},
		"spec.cardholder.phone.number":      {FirstName: "Ada", LastName: "Love", Phone: "555-0100"},
	} {
		w := newWorld(t, says(500, ""))
		o := issuer.HolderOrder{Cardholder: h, ProductID: "b", ClientID: "c"}
		if problems := w.client.CheckCardholder(o); len(problems) != 1 || problems[0].Field != field {
			t.Errorf("%s: before anything is claimed: %v", field, problems)
		}
		_, err := w.client.CreateCardholder(t.Context(), issuer.Permit{}, o)
		var e *issuer.Error
		if !errors.As(err, &e) || e.Class != refused || len(e.Problems) != 1 || e.Problems[0].Field != field || len(w.All()) != 0 {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestChecksNeedNoRequest(t *testing.T) {
	w := newWorld(t, says(500, ""))
	named := order(issuer.Prepaid)
	named.Cardholder, named.Address = issuer.Cardholder{}, &issuer.Address{Line1: "1 Main St"}
	homeless := order(issuer.BudgetCard)
	homeless.BudgetID = ""
	withAddress := order(issuer.Prepaid)
	withAddress.Address = named.Address
	for field, o := range map[string]issuer.CardOrder{"spec.billingAddress": named, "spec.budgetRef": homeless, "": withAddress} {
		problems, err := w.client.CheckCard(t.Context(), o)
		if err != nil || (field == "") != (len(problems) == 0) || field != "" && problems[0].Field != field || len(w.All()) != 0 {
			t.Errorf("%s: %v, %v", field, problems, err)
		}
	}
}

// The shapes that a recommendation may have; what is told by an id is looked up, and what
// is not on offer is left out.
func TestRecommendations(t *testing.T) {
	const offered = `{"list":[{"id":"id-1","bin":"411111","type":"PrepaidCard"},{"id":"id-2","bin":"422222","type":"BudgetCard"}],"total":2}`
	for answer, c := range map[string]struct {
		want  string
		asked bool
	}{
		`[{"id":"id-2","bin":"422222"},{"id":"id-1","bin":"411111"}]`: {"422222 411111", false},
		`{"list":[{"bin":"433333"},{"bin":433333}],"total":2}`:        {"433333", false},
		`[{"binId":"id-2"},{"bin":"411111"},{"binId":"id-9"}]`:        {"422222 411111", true},
		`[{"id":"id-1"}]`:          {"411111", true},
		`["422222","id-1","gone"]`: {"422222 411111", true},
		`[422222]`:                 {"422222", true},
		`[]`:                       {"", false},
	} {
		w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/card/bins") {
				says(200, data(offered))(rw, r)
				return
			}
			says(200, data(answer))(rw, r)
		})
		bins, err := w.client.RecommendBINs(t.Context(), "42")
		if err != nil || strings.Join(bins, " ") != c.want || (len(w.Requests()) > 1) != c.asked {
			t.Errorf("%s: %v after %d requests, %v", answer, bins, len(w.Requests()), err)
		}
	}
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/card/bins") {
			says(503, "")(rw, r)
			return
		}
		says(200, data(`["id-1"]`))(rw, r)
	})
	if bins, err := w.client.RecommendBINs(t.Context(), "42"); !issuer.Is(err, unavailable) || bins != nil {
		t.Errorf("%v, %v", bins, err)
	}
}

// An address is shown where there is one; nothing about a person depends on it.
func TestAddressesOfCardholders(t *testing.T) {
	for address, city := range map[string]string{`{"city":"San Jose"}`: "San Jose", `{}`: "", `null`: "", `"x"`: "", `{"city":5}`: ""} {
		holders, err := newWorld(t, says(200, listOf(`{"id":"h","status":"ACTIVE","address":`+address+`}`))).client.ListCardholders(t.Context())
		if err != nil || (holders[0].Address != nil) != (city != "") || city != "" && holders[0].Address.City != city {
			t.Errorf("%s: %+v, %v", address, holders, err)
		}
	}
}
