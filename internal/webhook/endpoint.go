package webhook

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/card-operator/card-operator/internal/clock"
)

// DefaultMaxConns is how many connections are open at once.
const DefaultMaxConns = 512

// Bounds of a connection, besides those of a message.
const (
	headerTimeout   = 2 * time.Second
	exchangeTimeout = 5 * time.Second
	idleTimeout     = 30 * time.Second
	shutdownTimeout = 5 * time.Second
)

// Endpoint serves a Server on an address. It is a manager.Runnable of every replica.
type Endpoint struct {
	// Address to listen on, for example ":9443".
	Address string
	// CertFile and KeyFile serve TLS, and are read again when they change. Without them
	// plain HTTP is served, for an ingress that terminates TLS.
	CertFile, KeyFile string
	Handler           http.Handler
	Clock             clock.Clock
	// MaxConns open at once; default DefaultMaxConns.
	MaxConns int
	// Listening is told the address once it is served; nil is not.
	Listening func(net.Addr)
}

// NeedLeaderElection says that every replica runs it.
func (e *Endpoint) NeedLeaderElection() bool { return false }

// Start serves until ctx ends.
func (e *Endpoint) Start(ctx context.Context) error {
	bare, err := (&net.ListenConfig{}).Listen(ctx, "tcp", e.Address)
	if err != nil {
		return err
	}
	listener := bound(bare, cmp.Or(e.MaxConns, DefaultMaxConns))
	if listener, err = e.secure(ctx, listener); err != nil {
		return errors.Join(err, bare.Close())
	}
	if e.Listening != nil {
		e.Listening(bare.Addr())
	}
	server := newHTTPServer(e.Handler, log.FromContext(ctx).WithName("webhook"))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := e.Clock.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	_ = server.Shutdown(last) // what is not finished by then is cut off
	return server.Close()
}

// secure puts TLS on a listener where there is a certificate.
func (e *Endpoint) secure(ctx context.Context, l net.Listener) (net.Listener, error) {
	if e.CertFile == "" && e.KeyFile == "" {
		return l, nil
	}
	certs, err := certwatcher.New(e.CertFile, e.KeyFile)
	if err != nil {
		return nil, err
	}
	go watch(ctx, certs.Start)
	return tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: certs.GetCertificate, NextProtos: []string{"http/1.1"},
	}), nil
}

// watch keeps a certificate up to date. The one that was read is served whatever happens.
func watch(ctx context.Context, start func(context.Context) error) {
	if err := start(ctx); err != nil {
		log.FromContext(ctx).WithName("webhook").Error(err, "the certificate is not read again when it changes: restart to read it")
	}
}

// newHTTPServer bounds what a connection may take. What is wrong with a connection is its
// peer's doing, and is no more than debug output.
func newHTTPServer(handler http.Handler, logger logr.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: exchangeTimeout, WriteTimeout: exchangeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: MaxHeader,
		ErrorLog: slog.NewLogLogger(logr.ToSlogHandler(logger), slog.LevelDebug),
	}
}

// bounded is a listener that accepts as many connections as it has places.
type bounded struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

func bound(l net.Listener, conns int) net.Listener {
	return &bounded{Listener: l, places: make(chan struct{}, conns), closed: make(chan struct{})}
}

// Accept waits for a place, then for a connection.
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.places <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	conn, err := b.Listener.Accept()
	if err != nil {
		<-b.places
		return nil, err
	}
	return &placed{Conn: conn, leave: func() { <-b.places }}, nil
}

// Close implements net.Listener.
func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

// placed is a connection that gives its place back.
type placed struct {
	net.Conn
	once  sync.Once
	leave func()
}

// Close implements net.Conn.
func (p *placed) Close() error {
	p.once.Do(p.leave)
	return p.Conn.Close()
}
