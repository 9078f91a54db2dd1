// Package server is the edge: listeners, the reading and checking of requests, health, metrics, shutdown.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Limits bound what one client can hold of the server. All must be positive.
type Limits struct {
	Body          int64         // bytes of a request body
	HeaderTimeout time.Duration // for a request's head
	BodyTimeout   time.Duration // for a request's body
	WriteTimeout  time.Duration // for one write of an answer; a stream may last as long as it moves
	DrainTimeout  time.Duration // for running calls at shutdown
}

// Options are what a Server is made of. All but Ready and Observers are needed.
type Options struct {
	Listen         string          // "127.0.0.1:8080"; port 0 picks a free one
	APIs           []API           // at least one; their operations do not overlap
	Region         arn.Region      // of requests without any credential, where there are operations for them
	Authenticators []Authenticator // at least one; the last also checks what carries no credential
	Metrics        *Metrics
	Observers      []Observer                        // asked in order, before each authenticated request is answered
	Ready          func() (notice string, err error) // an error turns readiness red; a notice is shown beside
	Limits         Limits
	Log            *slog.Logger
}

// Server answers AWS API requests, over HTTP/1.1 and over HTTP/2 without TLS, on one port.
type Server struct {
	opt      Options
	http     http.Server
	listener net.Listener
	draining atomic.Bool
	metrics  http.Handler
	limits   atomic.Pointer[Limits]
}

// maxHeader bounds a request's head. AWS SDKs send one or two kilobytes; session tokens are the
// longest part.
const maxHeader = 64 << 10

// New binds the address, so that a port in use is known before anything else starts.
func New(o Options) (*Server, error) {
	ln, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (choose another address with --listen or the key listen; port 0 picks a free one): %w", o.Listen, err)
	}
	s := &Server{opt: o, listener: ln, metrics: o.Metrics.Handler()}
	s.limits.Store(&o.Limits)
	for _, api := range o.APIs {
		api.Service.WriteTimeout = o.Limits.WriteTimeout
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s.http = http.Server{
		Handler:           s,
		Protocols:         protocols,
		ReadHeaderTimeout: o.Limits.HeaderTimeout,
		IdleTimeout:       5 * time.Minute, // longer than SDKs keep a connection, so that they close it and not we
		MaxHeaderBytes:    maxHeader,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 1000},
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// SetLimits changes the limits of requests that arrive from now on. The timeouts of heads and of writes are those that the
// server began with.
func (s *Server) SetLimits(l Limits) { s.limits.Store(&l) }

// APIs are the services that the server answers for.
func (s *Server) APIs() []API { return s.opt.APIs }

// URL is where the server can be reached.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Serve answers requests until ctx ends, then drains: readiness turns red, the listener closes,
// running calls end by themselves within the drain timeout, and what is left is cut.
func (s *Server) Serve(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("cannot go on serving %s: %w", s.URL(), err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	drain := s.limits.Load().DrainTimeout
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := s.http.Shutdown(limit)
	if errors.Is(err, context.DeadlineExceeded) {
		s.opt.Log.Warn("calls cut at shutdown: they did not end within limits.drain-timeout", "drain_timeout", drain)
		err = s.http.Close()
	}
	<-failed
	return err
}
