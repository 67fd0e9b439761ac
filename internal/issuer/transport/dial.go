package transport

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Bounds of the connections to one issuer. They are few: an account is paced to a
// handful of requests a second anyway.
const (
	dialTimeout     = 5 * time.Second
	tlsTimeout      = 5 * time.Second
	idleTimeout     = 30 * time.Second
	maxConns        = 16
	maxIdleConns    = 4
	maxHeaderBytes  = 64 << 10
	maxResponseBody = 4 << 20
)

var errInnerAddress = errors.New("the host resolves to an address that is not allowed; " +
	"if that is meant, ask the operator's administrator to add it as http://host to --allowed-issuer-hosts")

// roundTripper builds the network side: HTTP/1.1 only, since HTTP/2 has its own rules
// for sending a request again.
func roundTripper(cfg Config, far reach) http.RoundTripper {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: control(far)}
	t := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.RootCAs},
		TLSHandshakeTimeout:    tlsTimeout,
		Protocols:              new(http.Protocols),
		MaxConnsPerHost:        maxConns,
		MaxIdleConns:           maxIdleConns,
		MaxIdleConnsPerHost:    maxIdleConns,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true,
	}
	t.Protocols.SetHTTP1(true)
	if cfg.ProxyFromEnvironment {
		// The proxy resolves and reaches the issuer, so its own address, not the
		// issuer's, is what is dialled here.
		t.Proxy = http.ProxyFromEnvironment
		dialer.Control = nil
	}
	return t
}

// control runs after the name was resolved and before the connection is made.
func control(far reach) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || !far.covers(ap.Addr()) {
			return errInnerAddress
		}
		return nil
	}
}
