package transport

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestReach(t *testing.T) {
	if len(privateNets) != 5 || len(neverNets) != 18 {
		t.Fatalf("%d private and %d never nets were parsed", len(privateNets), len(neverNets))
	}
	for text, least := range map[string]reach{
		"8.8.8.8": reachPublic, "2606:4700::1111": reachPublic, "::ffff:8.8.8.8": reachPublic,
		"127.0.0.1": reachLoopback, "127.9.9.9": reachLoopback, "::1": reachLoopback, "::ffff:127.0.0.1": reachLoopback,
		"10.1.2.3": reachPrivate, "172.31.0.1": reachPrivate, "192.168.1.1": reachPrivate, "100.64.0.1": reachPrivate,
		"fd00::1": reachPrivate, "::ffff:10.0.0.1": reachPrivate,
		"169.254.169.254": reachPrivate + 1, "fe80::1%eth0": reachPrivate + 1, "0.0.0.0": reachPrivate + 1,
		"::": reachPrivate + 1, "224.0.0.1": reachPrivate + 1, "ff02::1": reachPrivate + 1,
		"255.255.255.255": reachPrivate + 1, "64:ff9b::a00:1": reachPrivate + 1, "2002:a00:1::": reachPrivate + 1,
		"::ffff:169.254.169.254": reachPrivate + 1,
	} {
		addr := netip.MustParseAddr(text)
		for r := reachNone; r <= reachPrivate; r++ {
			if got, want := r.covers(addr), r >= least; got != want {
				t.Errorf("reach %d covers %s: %v", r, text, got)
			}
		}
	}
	if reachPrivate.covers(netip.Addr{}) {
		t.Error("no address is covered")
	}
}

func TestControlChecksTheResolvedAddress(t *testing.T) {
	for address, want := range map[string]bool{"8.8.8.8:443": true, "[::1]:443": false, "10.0.0.1:443": false, "nonsense": false} {
		if err := control(reachPublic)("tcp", address, nil); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A name that is allowed but resolves to an inner address is refused at the dial.
func TestDialRefusesWhatANameWasReboundTo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for far, refused := range map[reach]bool{reachPublic: true, reachLoopback: false} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:"+port, nil)
		answer, err := roundTripper(Config{}, far).RoundTrip(r)
		if errors.Is(err, errInnerAddress) != refused {
			t.Errorf("reach %d: %v", far, err)
		}
		if err == nil {
			_ = answer.Body.Close()
		}
	}
}
