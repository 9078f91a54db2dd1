package awswire

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/fault"
)

// Handler does one operation: it reads its input from r and writes its answer to w. An error it
// returns is written by the service, unless a stream has carried it already.
type Handler func(ctx context.Context, r *Request, w *Response) error

// Guard decides whether a caller may do an operation. in is the operation's decoded input, such as
// *bedrock.GetInferenceProfileRequest; errors are *fault.Error.
type Guard interface {
	Permit(c *Call, operation string, in any) error
}

// Operation is one row of a service's table.
type Operation struct {
	Name   string
	Method string
	Path   string // with labels in braces, such as /model/{modelId}/converse
	// Target is that of X-Amz-Target, in the protocols that name an operation there. Version goes with the parameter
	// Action in those that have one. Method and Path are empty then.
	Target, Version string
	Handle          Handler
}

// Service is a table of operations and the protocol they are spoken in. The exported fields may be
// set before the first request; afterwards a Service is safe for concurrent use.
type Service struct {
	Name     string
	Protocol Protocol
	// Guard is asked before every operation whose input is decoded; nil: the operations decide themselves.
	Guard Guard
	// Under are the beginnings of paths that are this service's own, so that what it does not know there
	// gets an error in its form.
	Under []string
	// WriteTimeout bounds each write of an event stream, so that a client which stops reading
	// cannot hold a call open. Zero means no bound.
	WriteTimeout time.Duration
	// Padding returns how many letters pad the next event of a stream, 0 to MaxPadding.
	// NewService sets a random source.
	Padding func() int

	table table
	pool  sync.Pool // of *exchange
}

// NewService makes a service of its operations.
func NewService(name string, p Protocol, ops ...Operation) *Service {
	s := &Service{Name: name, Protocol: p, Padding: randomPadding, table: newTable(ops)}
	s.pool.New = func() any { return new(exchange) }
	return s
}

// Operations are the rows of the service's table, by name; of two paths to one operation the longer comes first.
func (s *Service) Operations() []Operation { return s.table.operations() }

// RawPath is the path of a request as the client sent it, still escaped.
func RawPath(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		path, _, _ := strings.Cut(r.RequestURI, "?")
		return path
	}
	return r.URL.EscapedPath() // an absolute request target, or a request no server has read
}

// Match finds the operation for a method and a path as it stood in the request, still escaped.
func (s *Service) Match(method, rawPath string) (Match, bool) { return s.table.match(method, rawPath) }

// Outcome is what became of a request, for logs and metrics.
type Outcome struct {
	Operation string // "" when the path names none
	Status    int    // as sent, or as it would have been when the client left first
	Err       error  // what the operation failed with, private cause included
}

// Find finds the operation a request is for, in the way of the service's protocol. A body that has not been read yet is
// nil; where it must name the operation there is none then.
func (s *Service) Find(r *http.Request, body []byte) (Match, bool) {
	switch {
	case s.table.prefix != "":
		return s.table.matchTarget(r)
	case s.table.version != "":
		return s.table.matchAction(Action(r, body))
	}
	return s.Match(r.Method, RawPath(r))
}

// Speaks reports whether a request that no operation matches is meant for this service nevertheless: by the target it
// names in a header, by the version of an API it names, or by where its path begins.
func (s *Service) Speaks(r *http.Request, body []byte) bool {
	if prefix, _, ok := strings.Cut(target(r), "."); ok && prefix != "" && prefix == s.table.prefix {
		return true
	}
	if s.table.version != "" {
		_, version := Action(r, body)
		return version == s.table.version
	}
	path := RawPath(r)
	return slices.ContainsFunc(s.Under, func(begin string) bool { return strings.HasPrefix(path, begin) })
}

// Serve answers one request: match, decode, check, operate, encode; every error in the protocol's form.
// The caller has authenticated it and read its body.
func (s *Service) Serve(w http.ResponseWriter, c *Call) Outcome {
	m, ok := s.Find(c.Request, c.Body)
	if !ok {
		err := UnknownOperation()
		return Outcome{Status: s.WriteError(w, c, err), Err: err}
	}
	return s.ServeMatch(w, c, m)
}

// ServeMatch is Serve for a request that has been matched.
func (s *Service) ServeMatch(w http.ResponseWriter, c *Call, m Match) Outcome {
	x := s.pool.Get().(*exchange)
	defer s.pool.Put(x)
	x.begin(s, w, c, m)
	defer x.end()
	err := m.Operation.Handle(c.Request.Context(), &x.request, &x.response)
	if err != nil && !x.response.begun {
		x.response.status = s.WriteError(w, c, err)
	}
	return Outcome{m.Operation.Name, x.response.status, err}
}

// WriteError answers a request with err and returns the HTTP status. The edge uses it for what
// fails before an operation is reached.
func (s *Service) WriteError(w http.ResponseWriter, c *Call, err error) int {
	return s.Protocol.WriteError(w, c, fault.Public(err))
}

// UnknownOperation is the error of a path or operation that the service does not have.
func UnknownOperation() error {
	return fault.New(fault.UnknownOperation, "The requested operation is not recognized by the service.")
}

// NoOutput is the error of an operation that gave neither an output nor an error.
func NoOutput(operation string) error {
	return fault.New(fault.Internal, "BUG: %s returned neither output nor error", operation)
}

// exchange holds what one request needs, so that all of it is reused together.
type exchange struct {
	request  Request
	response Response
}

func (x *exchange) begin(s *Service, w http.ResponseWriter, c *Call, m Match) {
	x.request.begin(s.Guard, c, m)
	x.response.begin(s, w, c)
}

// end drops every reference to the request, but keeps the memory.
func (x *exchange) end() {
	x.request.end()
	x.response.end()
}
