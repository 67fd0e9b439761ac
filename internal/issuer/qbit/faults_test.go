package qbit_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/qbit"
	"github.com/card-operator/card-operator/internal/issuer/transport"
	"github.com/card-operator/card-operator/internal/money"
)

// fault is what a server may do to a call, and what must be made of it.
type fault struct {
	do             http.HandlerFunc
	onRead, onMove issuer.Class
}

const (
	unavailable = issuer.Unavailable
	ambiguous   = issuer.Ambiguous
	malformed   = issuer.Malformed
	refused     = issuer.Invalid
	timedOut    = "time-out"
	page        = "<html><body>nginx</body></html>"
	no          = `{"code":40010,"message":"insufficient funds"}`
)

var faults = map[string]fault{
	timedOut:             {hang, unavailable, ambiguous},
	"reset":              {hijack("", true), unavailable, ambiguous},
	"hang-up":            {hijack("", false), unavailable, ambiguous},
	"reset in the head":  {hijack("HTTP/1.1 200 OK\r\nContent-", true), unavailable, ambiguous},
	"cut in the body":    {hijack("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":true}", false), unavailable, ambiguous},
	"cut chunk":          {hijack("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"data\":true}", false), unavailable, ambiguous},
	"no HTTP":            {hijack("SSH-2.0-OpenSSH\r\n\r\n", false), unavailable, ambiguous},
	"huge head":          {hijack("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 1<<20), false), unavailable, ambiguous},
	"500":                {says(500, `{"code":500,"message":"oops"}`), unavailable, ambiguous},
	"502 page":           {says(502, page), unavailable, ambiguous},
	"503":                {says(503, ""), unavailable, ambiguous},
	"504":                {says(504, no), unavailable, ambiguous},
	"408":                {says(408, no), unavailable, ambiguous},
	"409":                {says(409, no), refused, ambiguous},
	"409 page":           {says(409, page), malformed, ambiguous},
	"429":                {says(429, ""), issuer.RateLimited, issuer.RateLimited},
	"401":                {says(401, page), issuer.Unauthorized, issuer.Unauthorized},
	"403":                {says(403, no), issuer.Forbidden, issuer.Forbidden},
	"403 page":           {says(403, page), issuer.Forbidden, ambiguous},
	"404":                {says(404, no), issuer.NotFound, issuer.NotFound},
	"404 page":           {says(404, page), malformed, ambiguous},
	"400":                {says(400, no), refused, refused},
	"400 text code":      {says(400, `{"code":"E17","message":"a"}`), malformed, ambiguous},
	"400 list of texts":  {says(400, `{"code":17,"message":["a"]}`), malformed, ambiguous},
	"400 page":           {says(400, page), malformed, ambiguous},
	"400 empty":          {says(400, ""), malformed, ambiguous},
	"400 code 0":         {says(400, `{"code":0,"message":"ok","data":true}`), malformed, ambiguous},
	"400 no code":        {says(400, `{"message":"bad"}`), malformed, ambiguous},
	"400 two codes":      {says(400, `{"code":1,"Code":2}`), malformed, ambiguous},
	"405":                {says(405, no), refused, ambiguous},
	"413":                {says(413, no), refused, ambiguous},
	"422":                {says(422, no), refused, refused},
	"redirect":           {redirect, malformed, ambiguous},
	"304":                {says(304, ""), malformed, ambiguous},
	"empty":              {says(200, ""), malformed, ambiguous},
	"204":                {says(204, ""), malformed, ambiguous},
	"space":              {says(200, " \n"), malformed, ambiguous},
	"64 MiB":             {huge, malformed, ambiguous},
	"page":               {says(200, page), malformed, ambiguous},
	"cut JSON":           {says(200, `{"code":0,"data":tr`), malformed, ambiguous},
	"two values":         {says(200, `{"data":true}{"data":true}`), malformed, ambiguous},
	"key twice":          {says(200, `{"data":false,"data":true}`), malformed, ambiguous},
	"deep":               {says(200, strings.Repeat(`{"data":`, 100)+"1"+strings.Repeat("}", 100)), malformed, ambiguous},
	"data of no use":     {says(200, `{"code":0,"data":{"id":[7]}}`), malformed, ambiguous},
	"data is a number":   {says(200, `{"code":0,"data":1}`), malformed, ambiguous},
	"data null":          {says(200, `{"code":0,"data":null}`), malformed, ambiguous},
	"data missing":       {says(200, `{"code":0,"message":"ok"}`), malformed, ambiguous},
	"code is a list":     {says(200, `{"code":[0],"data":true}`), malformed, ambiguous},
	"other object":       {says(200, `{"status":"success"}`), malformed, ambiguous},
	"null":               {says(200, `null`), malformed, ambiguous},
	"business code":      {says(200, no), refused, refused},
	"business text code": {says(200, `{"code":"40010","message":"no","data":null}`), refused, refused},
	"business 201":       {says(201, no), refused, refused},
	"business zero word": {says(200, `{"code":"zero","message":[],"data":{"list":{}}}`), malformed, ambiguous},
	"business word":      {says(200, `{"code":"zero","message":"no"}`), malformed, ambiguous},
	"business empty":     {says(200, `{"code":"","message":"no"}`), malformed, ambiguous},
	"business minus":     {says(200, `{"code":-1,"message":"no"}`), malformed, ambiguous},
	"business fraction":  {says(200, `{"code":1.5,"message":"no"}`), malformed, ambiguous},
	"business bool":      {says(200, `{"code":true,"message":"no"}`), malformed, ambiguous},
	"business list":      {says(200, `{"code":40010,"message":["no"]}`), malformed, ambiguous},
	"business object":    {says(200, `{"code":40010,"message":{"no":1}}`), malformed, ambiguous},
	"refused, with data": {says(200, `{"code":40010,"message":"no","data":{"list":{}}}`), refused, ambiguous},
	"refused, yet true":  {says(400, `{"code":40010,"message":"no","data":true}`), refused, ambiguous},
	"refused, false":     {says(400, `{"code":40010,"message":"no","data":false}`), refused, refused},
	"no envelope":        {says(200, `{}`), malformed, ambiguous},
	"bare list":          {says(200, `[]`), malformed, ambiguous},
	"bare false":         {says(200, `false`), malformed, ambiguous},
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/open-api/v1/elsewhere", http.StatusTemporaryRedirect)
}

func huge(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"data":true}`) // fine, if only what fits were read
	chunk := []byte(strings.Repeat(" ", 1<<20))
	for range 64 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// hijack writes raw bytes and ends the connection, politely or with a reset.
func hijack(raw string, reset bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, raw)
		if tcp, ok := conn.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

// movers are all calls with an effect.
func movers(t *testing.T) map[string]func(*qbit.Client) error {
	ctx, p := t.Context(), issuer.Permit{}
	return map[string]func(*qbit.Client) error{
		"create budget": func(c *qbit.Client) error {
			_, err := c.CreateBudget(ctx, p, issuer.BudgetOrder{Name: "n"})
			return err
		},
		"rename budget": func(c *qbit.Client) error { return c.RenameBudget(ctx, "b", "n") },
		"move budget":   func(c *qbit.Client) error { return c.MoveBudgetFunds(ctx, p, transfer("b", issuer.In, "1", "t")) },
		"create card": func(c *qbit.Client) error {
			return c.CreateCard(ctx, p, issuer.CardOrder{Type: issuer.Prepaid, BIN: "493193", Label: "l"})
		},
		"move card": func(c *qbit.Client) error { return c.MoveCardFunds(ctx, p, transfer("c", issuer.Out, "1", "t")) },
		"hold":      func(c *qbit.Client) error { return c.HoldCardFunds(ctx, p, transfer("c", issuer.In, "1", "t")) },
		"freeze":    func(c *qbit.Client) error { return c.FreezeCard(ctx, "c") },
		"unfreeze":  func(c *qbit.Client) error { return c.UnfreezeCard(ctx, "c") },
		"close":     func(c *qbit.Client) error { return c.CloseCard(ctx, "c", "t") },
		"create receiver": func(c *qbit.Client) error {
			_, err := c.CreateReceiver(ctx, p, issuer.ReceiverOrder{Currency: "USD"})
			return err
		},
		"withdraw": func(c *qbit.Client) error {
			return c.Withdraw(ctx, p, issuer.Payout{CardID: "c", ReceiverID: "r", ClientID: "w", Amount: money.Must("1")})
		},
	}
}

// readers are all calls without one, but the check, which has tests of its own.
func readers(t *testing.T) map[string]func(*qbit.Client) error {
	ctx := t.Context()
	drop := func(_ any, err error) error { return err }
	return map[string]func(*qbit.Client) error{
		"bins":             func(c *qbit.Client) error { return drop(c.ListBINs(ctx)) },
		"cards":            func(c *qbit.Client) error { return drop(c.ListCards(ctx)) },
		"card":             func(c *qbit.Client) error { return drop(c.GetCard(ctx, "c")) },
		"budgets":          func(c *qbit.Client) error { return drop(c.ListBudgets(ctx)) },
		"balances":         func(c *qbit.Client) error { return drop(c.ListBalances(ctx, []string{"b"})) },
		"receivers":        func(c *qbit.Client) error { return drop(c.ListReceivers(ctx, "USD")) },
		"card movements":   func(c *qbit.Client) error { return drop(c.CardMovements(ctx, "c")) },
		"found movements":  func(c *qbit.Client) error { return drop(c.FindMovements(ctx, "w")) },
		"budget movements": func(c *qbit.Client) error { return drop(c.BudgetMovements(ctx, "b")) },
		"movement":         func(c *qbit.Client) error { return drop(c.MovementDetail(ctx, "m")) },
		"secrets":          func(c *qbit.Client) error { return drop(c.RevealCard(ctx, "c")) },
	}
}

// faulty fails every call but the first, so that the fault hits a connection in use. A
// client that shall run out of time has little of it, and a connection of its own.
func faulty(t *testing.T, name string, f fault) *world {
	t.Helper()
	var warm atomic.Bool
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		if warm.CompareAndSwap(false, true) {
			says(200, `{"data":[]}`)(rw, r)
			return
		}
		f.do(rw, r)
	}, timeout(time.Minute))
	if _, err := w.client.ListBINs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if name == timedOut {
		w.connect(timeout(250 * time.Millisecond))
	}
	return w
}

func TestFaultsOfMutatingCalls(t *testing.T) {
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for op, call := range movers(t) {
				w := faulty(t, name, f)
				err := call(w.client)
				if !issuer.Is(err, f.onMove) {
					t.Errorf("%s: %v, want %s", op, err, f.onMove)
				}
				if n := len(w.requests()) - 1; n != 1 {
					t.Errorf("%s: sent %d times", op, n)
				}
				showsNoCanary(t, err)
			}
		})
	}
}

func TestFaultsOfReads(t *testing.T) {
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for op, call := range readers(t) {
				w := faulty(t, name, f)
				err := call(w.client)
				if !issuer.Is(err, f.onRead) {
					t.Errorf("%s: %v, want %s", op, err, f.onRead)
				}
				showsNoCanary(t, err)
			}
		})
	}
}

// What never left is Deferred for a mutating call, not Ambiguous.
func TestWhatNeverLeft(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	untrusted := httptest.NewTLSServer(says(200, `{"data":true}`))
	defer untrusted.Close()
	notTLS := httptest.NewServer(says(200, `{"data":true}`))
	defer notTLS.Close()
	for name, url := range map[string]string{
		"connection refused": closed.URL,
		"untrusted TLS":      untrusted.URL,
		"no TLS":             strings.Replace(notTLS.URL, "http:", "https:", 1),
		"no such host":       "https://issuer.invalid",
	} {
		hosts, _ := transport.ParseAllowList([]string{"127.0.0.1", "issuer.invalid"})
		h, err := transport.New(transport.Config{BaseURL: url, Allow: hosts, Timeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		c, err := qbit.New(qbit.Config{HTTP: h, Credentials: qbit.Credentials{AccessToken: issuer.NewSensitive(canaryToken)}})
		if err != nil {
			t.Fatal(err)
		}
		for op, call := range map[string]func(*qbit.Client) error{"move": movers(t)["move card"], "read": readers(t)["cards"]} {
			if err := call(c); !issuer.Is(err, unavailable) {
				t.Errorf("%s, %s: %v", name, op, err)
			}
		}
	}
}

// Every spelling of success that the document shows.
func TestSpellingsOfSuccess(t *testing.T) {
	for _, body := range []string{`{"data":true}`, `{"code":0,"message":"ok","data":true}`, `{"code":"0","data":true}`, `{"code":"000000","data":true}`, `{"code":null,"data":true}`} {
		if err := newWorld(t, says(200, body)).client.FreezeCard(t.Context(), "c"); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Where the document shows a plain true or false, false refuses; where it shows an id or an
// object, it says nothing.
func TestFalseRefusesOnlyWhereItIsDocumented(t *testing.T) {
	for op, call := range movers(t) {
		want := refused
		if op == "create budget" || op == "create receiver" {
			want = ambiguous
		}
		if err := call(newWorld(t, says(200, `{"data":false}`)).client); !issuer.Is(err, want) {
			t.Errorf("%s: %v, want %s", op, err, want)
		}
	}
}

func TestCheckCardTolerates(t *testing.T) {
	order := issuer.CardOrder{Type: issuer.Prepaid, BIN: "493193"}
	for _, f := range []http.HandlerFunc{
		says(200, `{"data":[]}`), says(200, `{"code":0,"data":true}`), says(404, no), says(404, page), says(405, ""), says(501, ""),
	} {
		if problems, err := newWorld(t, f).client.CheckCard(t.Context(), order); err != nil || len(problems) != 0 {
			t.Errorf("%v, %v", problems, err)
		}
	}
	for want, f := range map[issuer.Class]http.HandlerFunc{
		malformed: says(200, `{"data":{"key":1}}`), unavailable: says(500, ""), refused: says(400, no), issuer.RateLimited: says(429, ""),
	} {
		if _, err := newWorld(t, f).client.CheckCard(t.Context(), order); !issuer.Is(err, want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	w := newWorld(t, says(200, `{"data":[{"key":"cardAddress.addressLine1","reason":"x"},{"key":"cardAddress","reason":"y"},
		{"key":"phoneCode","reason":null},{"key":"shoeSize","reason":"z"},{"key":"cost","reason":["a"]}]}`))
	problems, err := w.client.CheckCard(t.Context(), order)
	want := []string{"spec.billingAddress.line1", "spec.billingAddress", "spec.cardholder.phone.countryCode", "issuer field shoeSize", "spec.funding"}
	for i, p := range problems {
		if p.Field != want[i] {
			t.Errorf("%+v, want %s", p, want[i])
		}
	}
	if err != nil || len(problems) != len(want) {
		t.Errorf("%v, %v", problems, err)
	}
	if problems, _ = newWorld(t, says(200, `{"data":false}`)).client.CheckCard(t.Context(), order); len(problems) != 1 {
		t.Errorf("false: %v", problems)
	}
}

func TestDocumentedRulesNeedNoRequest(t *testing.T) {
	for field, order := range map[string]issuer.CardOrder{
		"spec.cardholder.phone": {Type: issuer.Prepaid, BIN: "414631", Opening: money.Must("1"), Cardholder: issuer.Cardholder{Phone: "1"}},
		"spec.funding":          {Type: issuer.Prepaid, BIN: "441112", Opening: money.Must("0.99")},
		"spec.budgetRef":        {Type: issuer.BudgetCard, BIN: "493193"},
	} {
		w := newWorld(t, says(500, ""))
		problems, err := w.client.CheckCard(t.Context(), order)
		if err != nil || len(problems) != 1 || problems[0].Field != field || len(w.requests()) != 0 {
			t.Errorf("%s: %v, %v", field, problems, err)
		}
	}
	c := newWorld(t, says(500, "")).client.Capabilities()
	for bin, want := range map[string]string{"493193": "0.00", "414631": "1.00"} {
		if got := c.Opening(issuer.Prepaid, bin).String(); got != want || !c.Opening(issuer.BudgetCard, bin).IsZero() {
			t.Errorf("%s opens with %s", bin, got)
		}
	}
	if !c.Replays[issuer.CallWithdraw] || len(c.Replays) != 1 || c.Has(issuer.FeatureRelabel) || !c.Has(issuer.FeatureHolds) || c.MaxLabel != 64 {
		t.Errorf("capabilities %+v", c)
	}
}
