package server

import (
	"net/http"

	"github.com/outcrop/outcrop/internal/awswire"
)

// Observer sees requests begin and end.
type Observer interface {
	// Begin is told of a request that has been authenticated and whose operation is known. It returns the writer to
	// answer with, which is w or wraps it, and what to call when the answer has ended, or nil. It may give c.Request
	// another context.
	Begin(w http.ResponseWriter, c *awswire.Call, operation string) (http.ResponseWriter, func(awswire.Outcome))
}

// observed answers a request under the eyes of every observer. The ends are told also when the operation panics, with a
// zero outcome.
func (s *Server) observed(w http.ResponseWriter, c *awswire.Call, api API, m awswire.Match) (out awswire.Outcome) {
	c.Service, c.Match = api.Service.Name, m
	for _, o := range s.opt.Observers {
		through, end := o.Begin(w, c, m.Operation.Name)
		w = through
		if end != nil {
			defer func() { end(out) }()
		}
	}
	return api.Service.ServeMatch(w, c, m)
}
