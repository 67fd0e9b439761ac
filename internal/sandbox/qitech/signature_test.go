package qitech_test

import (
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/card-operator/card-operator/internal/clock"
	"github.com/card-operator/card-operator/internal/sandbox/ledger"
	"github.com/card-operator/card-operator/internal/sandbox/qitech"
)

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// attacks change one thing about a well-signed order; each must be refused as GDF000014.
func attacks(t *testing.T) map[string]func(*request) {
	pub := []byte(publicPEM(t, keys()[0]))
	return map[string]func(*request){
		"alg none": func(r *request) { r.alg, r.signer = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType },
		"HMAC over the public key": func(r *request) {
			r.alg, r.signer = jwt.SigningMethodHS512, pub
		},
		"a weaker curve":      func(r *request) { r.alg, r.signer = jwt.SigningMethodES256, newKey(elliptic.P256()) },
		"another's key":       func(r *request) { r.signer = keys()[1] },
		"another's API key":   func(r *request) { r.apiKey = otherAPIKey },
		"no signature":        func(r *request) { r.token = func(s string) string { return s[:strings.LastIndex(s, ".")+1] } },
		"a part missing":      func(r *request) { r.token = func(s string) string { return s[:strings.LastIndex(s, ".")] } },
		"no token":            func(r *request) { r.token = func(string) string { return "" } },
		"a scheme before it":  func(r *request) { r.token = func(s string) string { return "Bearer " + s } },
		"the older scheme":    func(r *request) { r.token = func(s string) string { return "QIT " + apiKey + ":" + s } },
		"padding":             func(r *request) { r.token = func(s string) string { return s + "==" } },
		"another type":        func(r *request) { r.header = map[string]any{"typ": "JOSE"} },
		"no type":             func(r *request) { r.header = map[string]any{"typ": nil} },
		"changed claims":      func(r *request) { r.token = forge },
		"a changed body":      func(r *request) { r.body = strings.Replace(r.body, "72", "73", 1) },
		"a respelt body":      func(r *request) { r.body += " " },
		"no body":             func(r *request) { r.body = "" },
		"MD5 of nothing":      func(r *request) { r.claims["payload_md5"] = "d41d8cd98f00b204e9800998ecf8427e" },
		"MD5 in capitals":     func(r *request) { r.claims["payload_md5"] = strings.ToUpper(r.claims["payload_md5"].(string)) },
		"no MD5":              func(r *request) { delete(r.claims, "payload_md5") },
		"another method":      func(r *request) { r.method = http.MethodPatch },
		"method in lower":     func(r *request) { r.claims["method"] = "post" },
		"another path":        func(r *request) { r.path = "/test" },
		"a query added":       func(r *request) { r.path += "?page=1" },
		"a trailing slash":    func(r *request) { r.claims["uri"] = "/prepaid/card/" },
		"a host in the uri":   func(r *request) { r.claims["uri"] = "https://issuer.example/prepaid/card" },
		"no uri":              func(r *request) { delete(r.claims, "uri") },
		"replayed later":      func(r *request) { shift(r, -5*time.Minute-time.Microsecond) },
		"from the future":     func(r *request) { shift(r, 5*time.Minute+time.Microsecond) },
		"no timestamp":        func(r *request) { delete(r.claims, "timestamp") },
		"timestamp a number":  func(r *request) { r.claims["timestamp"] = start.Unix() },
		"timestamp in millis": func(r *request) { r.claims["timestamp"] = start.Format("2006-01-02T15:04:05.000Z") },
		"timestamp elsewhere": func(r *request) { r.claims["timestamp"] = start.Format("2006-01-02T15:04:05.000000-07:00") },
	}
}

// forge puts other claims under the signature.
func forge(token string) string {
	parts := strings.Split(token, ".")
	claims := `{"payload_md5":"` + md5Of(order(nil)) + `","method":"POST","uri":"/prepaid/card","timestamp":"` + start.Format(timestampFmt) + `","x":1}`
	return parts[0] + "." + encoded(claims) + "." + parts[2]
}

func shift(r *request, by time.Duration) {
	r.claims["timestamp"] = start.Add(by).Format(timestampFmt)
}

func TestAttacksOnTheSignature(t *testing.T) {
	w := newWorld(t)
	for name, attack := range attacks(t) {
		t.Run(name, func(t *testing.T) {
			w.t = t
			r := w.request("POST", "/prepaid/card", order(nil))
			attack(&r)
			w.refused(w.send(r), http.StatusUnauthorized, qitech.CodeUnauthorized)
		})
	}
	w.t = t
	if n := len(w.ledger.Snapshot().Cards); n != 0 {
		t.Errorf("%d cards were made", n)
	}
	w.card() // the request that they began from is good
}

// TestTrustChecksAllButTheSignature: the same attacks fail, except those on the signature
// itself.
func TestTrustChecksAllButTheSignature(t *testing.T) {
	w := newWorld(t, func(k *knobs) {
		k.qitech.TrustSignatures = true
		k.qitech.Clients[0].PublicKey, k.qitech.Clients[1].PublicKey = "", ""
	})
	onSignature := map[string]bool{"another's key": true, "no signature": true, "changed claims": true, "another's API key": true}
	for name, attack := range attacks(t) {
		t.Run(name, func(t *testing.T) {
			w.t = t
			r := w.request("POST", "/prepaid/card", order(nil))
			attack(&r)
			if onSignature[name] {
				if got := w.send(r); got.status == http.StatusUnauthorized {
					t.Errorf("%d %s", got.status, got.text)
				}
				return
			}
			w.refused(w.send(r), http.StatusUnauthorized, qitech.CodeUnauthorized)
		})
	}
}

func TestClockSkew(t *testing.T) {
	for skew, allowed := range map[time.Duration]time.Duration{0: 5 * time.Minute, time.Minute: time.Minute} {
		w := newWorld(t, func(k *knobs) { k.qitech.ClockSkew = skew })
		for by, good := range map[time.Duration]bool{
			-allowed: true, 0: true, allowed: true, -allowed - time.Microsecond: false, allowed + time.Microsecond: false,
		} {
			r := w.request("POST", "/test", "{}")
			shift(&r, by)
			if got := w.send(r); (got.status == http.StatusCreated) != good {
				t.Errorf("skew %s, off by %s: %d %s", skew, by, got.status, got.text)
			}
		}
	}
}

func TestTheQueryIsSigned(t *testing.T) {
	w := newWorld(t)
	w.list("&size=5&page=0")
	r := w.request("GET", cardsOfMine, "")
	r.claims["uri"] = "/prepaid/card"
	w.refused(w.send(r), http.StatusUnauthorized, qitech.CodeUnauthorized)
	r = w.request("GET", cardsOfMine+"&page=1", "")
	r.claims["uri"] = cardsOfMine
	w.refused(w.send(r), http.StatusUnauthorized, qitech.CodeUnauthorized)

	w = newWorld(t, func(k *knobs) { k.qitech.PathOnlyURI = true })
	w.refused(w.call("GET", cardsOfMine, ""), http.StatusUnauthorized, qitech.CodeUnauthorized)
	r = w.request("GET", cardsOfMine, "")
	r.claims["uri"] = "/prepaid/card"
	if got := w.send(r); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.text)
	}
}

func TestAPIKeys(t *testing.T) {
	w := newWorld(t)
	r := w.request("GET", "/test/"+apiKey, "")
	r.apiKey = ""
	w.refused(w.send(r), http.StatusBadRequest, qitech.CodeNoAPIKey)
	r.apiKey = "nobody"
	w.refused(w.send(r), http.StatusNotFound, qitech.CodeUnknownAPIKey)
}

func TestWithoutClientsNobodyIsKnown(t *testing.T) {
	w := newWorld(t, func(k *knobs) { k.qitech.Clients = nil })
	w.refused(w.call("POST", "/prepaid/card", order(nil)), http.StatusNotFound, qitech.CodeUnknownAPIKey)
}

func TestProbe(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{{"GET", "/test/" + apiKey, "", 200}, {"POST", "/test/" + apiKey, `{"name": "QI Tech"}`, 201}, {"POST", "/test", `{"name": "QI Tech"}`, 201}} {
		if got := w.call(c.method, c.path, c.body); got.status != c.status || got.text != `{"success":"Congrats!"}` {
			t.Errorf("%s %s: %d %s", c.method, c.path, got.status, got.text)
		}
	}
	w.refused(w.call("GET", "/test/"+otherAPIKey, ""), http.StatusNotFound, qitech.CodeUnknownAPIKey)
}

func TestWhatWasNotGranted(t *testing.T) {
	w := newWorld(t)
	key := w.card()
	for _, c := range [][3]string{
		{"GET", "/prepaid", ""}, {"DELETE", "/prepaid/card/" + key, ""}, {"GET", "/prepaid/card/" + key + "/pci/password", ""},
		{"PATCH", "/prepaid/card/" + key + "/activate", "{}"}, {"GET", "/test", ""},
	} {
		w.refused(w.call(c[0], c[1], c[2]), http.StatusUnauthorized, qitech.CodeUnauthorized)
	}
}

func TestAHugeBodyIsRefused(t *testing.T) {
	w := newWorld(t)
	w.refused(w.call("POST", "/test", strings.Repeat("x", 2<<20)), http.StatusBadRequest, qitech.CodeSchema)
}

func TestBadClientsAreRefused(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&weak.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	good := publicPEM(t, keys()[0])
	private, _ := x509.MarshalECPrivateKey(keys()[0])
	block := func(kind string, bytes []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	l, err := ledger.New(ledger.Options{Clock: clock.NewFake(start), Accounts: []ledger.Account{{ID: account}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, clients := range map[string][]qitech.Client{
		"no key":          {{APIKey: "a", AccountID: account}},
		"no PEM":          {{APIKey: "a", AccountID: account, PublicKey: "key"}},
		"a private key":   {{APIKey: "a", AccountID: account, PublicKey: block("EC PRIVATE KEY", private)}},
		"a broken key":    {{APIKey: "a", AccountID: account, PublicKey: block("PUBLIC KEY", []byte("key"))}},
		"an RSA key":      {{APIKey: "a", AccountID: account, PublicKey: block("PUBLIC KEY", der)}},
		"another curve":   {{APIKey: "a", AccountID: account, PublicKey: publicPEM(t, newKey(elliptic.P256()))}},
		"no API key":      {{AccountID: account, PublicKey: good}},
		"no account":      {{APIKey: "a", AccountID: "nobody", PublicKey: good}},
		"one of two good": {{APIKey: "a", AccountID: account, PublicKey: good}, {APIKey: "a", AccountID: account, PublicKey: good}},
	} {
		_, err := qitech.New(l, qitech.Options{Clients: clients})
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), encoded(string(private))[:40]) {
			t.Errorf("%s: the key is in the error", name)
		}
	}
	if _, err := qitech.New(l, qitech.Options{Clients: []qitech.Client{{APIKey: "a", AccountID: account, PublicKey: good}}}); err != nil {
		t.Errorf("a good client: %v", err)
	}
}
