package transport_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/card-operator/card-operator/internal/issuer"
	"github.com/card-operator/card-operator/internal/issuer/transport"
)

func allow(t *testing.T, entries ...string) transport.AllowList {
	t.Helper()
	list, err := transport.ParseAllowList(entries)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCheckBaseURL(t *testing.T) {
	const add, plain, inner, ok = "--allowed-issuer-hosts", "plain http", "not public", ""
	for _, c := range []struct{ entries, url, want string }{
		{"api.example.com", "https://api.example.com", ok},
		{"api.example.com", "https://API.Example.com./v3", ok},
		{"api.example.com", "https://api.example.com:8443", ok},
		{"api.example.com", "https://api.example.com.evil.org", add},
		{"api.example.com", "https://evil-api.example.com", add},
		{"api.example.com", "http://api.example.com", plain},
		{"api.example.com:8443", "https://api.example.com:8443", ok},
		{"api.example.com:8443", "https://api.example.com", add},
		{"api.example.com:443", "https://api.example.com", ok},
		{"*.example.com", "https://a.b.example.com", ok},
		{"*.example.com", "https://example.com", add},
		{"*.example.com", "https://badexample.com", add},
		{"*.example.com", "http://a.example.com", plain},
		{"http://sandbox.cards.svc", "http://sandbox.cards.svc:8080", ok},
		{"http://sandbox.cards.svc", "https://sandbox.cards.svc", ok},
		{"http://sandbox.cards.svc:8080", "http://sandbox.cards.svc", add},
		{"http://10.0.0.7", "http://10.0.0.7:80", ok},
		{"10.0.0.7", "https://10.0.0.7", inner},
		{"http://169.254.169.254", "http://169.254.169.254", inner},
		{"localhost", "http://localhost:18080", ok},
		{"127.0.0.1", "http://127.0.0.1:18080", ok},
		{"127.0.0.1:18080", "http://127.0.0.1:18081", add},
		{"::1", "http://[::1]:9", ok},
		{"[::1]:9", "http://[::1]:9", ok},
		{"localhost", "http://127.0.0.1", add},
		{"", "https://api.example.com", add},
		{"api.example.com", "https://user:secretpass@api.example.com", "neither user"},
		{"api.example.com", "https://api.example.com?x=secretpass", "neither user"},
		{"api.example.com", "https://api.example.com#f", "neither user"},
		{"api.example.com", "ftp://api.example.com", "https://"},
		{"api.example.com", "api.example.com", "https://"},
		{"api.example.com", "https://", "name a host"},
		{"api.example.com", "https://аpi.example.com", "name a host"}, // Cyrillic а
		{"api.example.com", "https://api.example.com:secretpass", "parsed"},
	} {
		err := allow(t, c.entries).Check(c.url)
		switch {
		case c.want == ok && err != nil:
			t.Errorf("%s under %s: %v", c.url, c.entries, err)
		case c.want != ok && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s under %s: %v, want %q", c.url, c.entries, err, c.want)
		case err != nil && strings.Contains(err.Error(), "secretpass"):
			t.Errorf("%s is quoted: %v", c.url, err)
		}
	}
}

func TestAllowListRefusesWhatItCannotHold(t *testing.T) {
	for _, entry := range []string{"*", "*.", "https://a b", "http://*.example.com", "a/b", "http://u@h", "*.localhost/x", "ftp://h", "h:port"} {
		if _, err := transport.ParseAllowList([]string{entry}); err == nil {
			t.Errorf("%q is accepted", entry)
		}
	}
	defaults := allow(t, transport.DefaultIssuerHosts...)
	for _, url := range []string{"https://api-global.qbitnetwork.com", "https://api.interlace.money", "https://api-auth.qitech.app"} {
		if err := defaults.Check(url); err != nil {
			t.Error(err)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var paths []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	c := client(t, transport.Config{BaseURL: server.URL})
	err := c.Do(t.Context(), transport.Request{Op: "look", Method: "GET", Path: "/a"}, nil)
	if !issuer.Is(err, issuer.Malformed) || len(paths) != 1 {
		t.Errorf("paths %v, error %v", paths, err)
	}
}
