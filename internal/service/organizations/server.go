// Package organizations answers AWS Organizations over the directory: one organisation, which exists from the start, its
// accounts, units and service control policies. What it changes is in force for the next call of anybody.
package organizations

import (
	"context"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// Directory is where the organisation is kept.
type Directory interface {
	// Current is the directory as it is now, no older than any change that has been answered.
	Current(context.Context) (*directory.Snapshot, error)
	// Change makes what decide wants of the directory, all or nothing.
	Change(ctx context.Context, decide registrar.Decide) error
}

// Server does the operations. It is safe for concurrent use.
type Server struct {
	api.Unimplemented
	people Directory
}

var _ api.Server = (*Server)(nil)

// New makes a server.
func New(people Directory) *Server { return &Server{people: people} }

// view is the organisation at one moment.
type view struct {
	*directory.Snapshot
	org *directory.Organization
}

// membersView is what every account of the organisation may see.
func membersView(now *directory.Snapshot, caller arn.Account) (view, error) {
	org := now.Organization()
	if _, member := now.Account(caller); org == nil || !member {
		return view{}, notInUse()
	}
	return view{now, org}, nil
}

// managementView is what the management account sees, and nobody else.
func managementView(now *directory.Snapshot, caller arn.Account) (view, error) {
	v, err := membersView(now, caller)
	if err == nil && caller != v.org.Management {
		return view{}, denied()
	}
	return v, err
}

// read is the organisation for an operation of the management account that changes nothing.
func (s *Server) read(ctx context.Context, c *awswire.Call) (view, error) {
	now, err := s.people.Current(ctx)
	if err != nil {
		return view{}, err
	}
	return managementView(now, c.Principal.Account)
}

// change makes a change for the management account, and returns the organisation after it. decide may be asked more
// than once.
func (s *Server) change(ctx context.Context, c *awswire.Call, decide func(view) ([]directory.Change, error)) (view, error) {
	err := s.people.Change(ctx, func(now *directory.Snapshot) ([]directory.Change, error) {
		v, err := managementView(now, c.Principal.Account)
		if err != nil {
			return nil, err
		}
		return decide(v)
	})
	if err != nil {
		return view{}, err
	}
	return s.read(ctx, c)
}

// moment is when a call came, in the whole milliseconds that its answer can say.
func moment(c *awswire.Call) time.Time { return c.Arrived.UTC().Truncate(time.Millisecond) }
