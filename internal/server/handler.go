package server

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// API is one AWS service: its operations, and the name that requests to it are signed for.
// Several services may share a signing name; the path tells them apart, or X-Amz-Target.
type API struct {
	SigningName string
	Service     *awswire.Service
	// Unsigned names the operations that a request without any credential may ask for.
	Unsigned []string
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.operator(w, r) {
		return
	}
	c := &awswire.Call{
		RequestID: requestID(), Request: r, Header: make(http.Header, 12), Arrived: time.Now(),
	}
	defer s.recovered(w, c)
	out := s.answer(w, c)
	s.opt.Metrics.answered(out.Status)
}

// answer reads and authenticates a request, and hands it to the service it is for.
func (s *Server) answer(w http.ResponseWriter, c *awswire.Call) awswire.Outcome {
	api, match, known := s.find(c, "")
	body, err := s.readBody(w, c.Request)
	if err != nil {
		return refuse(api, w, c, err)
	}
	c.Body = body
	if !known { // the body may name the operation
		api, match, known = s.find(c, "")
	}
	who, err := s.authenticate(c.Request, body, c.Arrived)
	if known && fault.Is(err, fault.MissingAuthentication) && slices.Contains(api.Unsigned, match.Operation.Name) {
		who, err = Caller{Region: s.opt.Region, Service: api.SigningName}, nil
	}
	if err != nil {
		return refuse(api, w, c, err)
	}
	c.Principal, c.Region = who.Principal, who.Region
	if api.SigningName != who.Service {
		api, match, known = s.find(c, who.Service)
	}
	if !known {
		return refuse(api, w, c, awswire.UnknownOperation())
	}
	return s.observed(w, c, api, match)
}

// find is the service a request is for: the one signed for that has the operation at its method and path, or that its
// target or its action names. A request that matches none still gets a service, for the form of the error it will have.
func (s *Server) find(c *awswire.Call, signed string) (API, awswire.Match, bool) {
	nearest, named := s.opt.APIs[0], false
	for _, api := range s.opt.APIs {
		if signed != "" && api.SigningName != signed {
			continue
		}
		if !named || api.Service.Speaks(c.Request, c.Body) {
			nearest, named = api, true
		}
		if m, ok := api.Service.Find(c.Request, c.Body); ok {
			return api, m, true
		}
	}
	return nearest, awswire.Match{}, false
}

func refuse(api API, w http.ResponseWriter, c *awswire.Call, err error) awswire.Outcome {
	return awswire.Outcome{Status: api.Service.WriteError(w, c, err), Err: err}
}

// recovered turns a panic into an answer and a log line. When part of an answer has gone out the
// connection is cut instead, so that nobody takes it for a whole one.
func (s *Server) recovered(w http.ResponseWriter, c *awswire.Call) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it the same way
		panic(p)
	}
	s.opt.Log.Error("BUG: a request panicked", "request_id", c.RequestID, "path", c.Request.URL.EscapedPath(),
		"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.Header().Get("X-Amzn-Requestid") != "" {
		panic(http.ErrAbortHandler)
	}
	api, _, _ := s.find(c, "")
	out := refuse(api, w, c, fault.New(fault.Internal, "panic: %v", p))
	s.opt.Metrics.answered(out.Status)
}
