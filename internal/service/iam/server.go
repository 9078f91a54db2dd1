// Package iam answers AWS Identity and Access Management over the directory: users, groups, roles and their policies,
// access keys and API keys, of the caller's account.
package iam

import (
	"context"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/service/lastuse"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// Registrar keeps the directory.
type Registrar interface {
	// Current is the directory, with every write that anybody was told of.
	Current(ctx context.Context) (*directory.Snapshot, error)
	// Change makes what decide wants of the directory. decide may be called again.
	Change(ctx context.Context, decide registrar.Decide) error
}

// Uses remembers when credentials were used last.
type Uses interface {
	// LastUse is when a key was used last, by its id, or a role, by its unique id; false when it never was.
	LastUse(id string) (lastuse.Use, bool)
}

// Server does the operations. It is safe for concurrent use. Whether a caller may do them is for the guard in front of it
// to say.
type Server struct {
	api.Unimplemented
	people Registrar
	uses   Uses
}

var _ api.Server = (*Server)(nil)

// New makes a server.
func New(people Registrar, uses Uses) *Server { return &Server{people: people, uses: uses} }

// account is the caller's.
func (s *Server) account(ctx context.Context, c *awswire.Call) (*directory.Account, error) {
	now, err := s.people.Current(ctx)
	if err != nil {
		return nil, err
	}
	return accountIn(now, c.Principal.Account)
}

func accountIn(now *directory.Snapshot, id arn.Account) (*directory.Account, error) {
	a, ok := now.Account(id)
	if !ok {
		return nil, noSuchEntity("The account %s cannot be found.", id)
	}
	return a, nil
}

// change decides on entities to put into the caller's account.
func (s *Server) change(ctx context.Context, c *awswire.Call, decide func(a *directory.Account) ([]directory.Change, error)) error {
	return s.changeFor(ctx, c, func(_ *directory.Snapshot, a *directory.Account) ([]directory.Change, error) { return decide(a) })
}

// changeFor is change for what bears on other accounts too.
func (s *Server) changeFor(ctx context.Context, c *awswire.Call, decide func(now *directory.Snapshot, a *directory.Account) ([]directory.Change, error)) error {
	return s.people.Change(ctx, func(now *directory.Snapshot) ([]directory.Change, error) {
		a, err := accountIn(now, c.Principal.Account)
		if err != nil {
			return nil, err
		}
		return decide(now, a)
	})
}

// moment is the time of a call as IAM writes it down: to the second.
func moment(c *awswire.Call) time.Time { return c.Arrived.UTC().Truncate(time.Second) }

// pathOr is a path, by default the root.
func pathOr(path *string) string {
	if path == nil {
		return "/"
	}
	return *path
}

// under reports whether a path begins with a prefix; no prefix is that of all.
func under(path string, prefix *string) bool {
	return prefix == nil || strings.HasPrefix(path, *prefix)
}

// callerName is the user an operation is about that names none: the caller.
func callerName(c *awswire.Call, name *string) (string, error) {
	if name != nil {
		return *name, nil
	}
	if c.Principal.Kind != identity.User {
		return "", invalid("Must specify userName when calling with non-User credentials")
	}
	return c.Principal.Name, nil
}
