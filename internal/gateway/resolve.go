package gateway

import (
	"context"
	"errors"

	"github.com/outcrop/outcrop/internal/profile"
)

// resolve turns the identifier into a target.
func (g *Gateway) resolve(_ context.Context, c *Call, a *Answer) error {
	now := g.snapshots.Snapshot()
	t, err := now.Resolve(c.Principal.Account, c.Source, c.Identifier)
	var other *profile.OtherAccountError
	if errors.As(err, &other) {
		t, err = shared(now, c, other)
	}
	a.Target = t
	return err
}

// shared finds an application profile of another account that has a resource policy. Whether that lets the caller in is
// the guard's to say. All others are as if they did not exist.
func shared(now *profile.Snapshot, c *Call, other *profile.OtherAccountError) (*profile.Target, error) {
	t, err := now.Resolve(other.ARN.Account, c.Source, c.Identifier)
	if err != nil || t.Application == nil || t.Application.Policy == nil {
		return nil, other.Denied(c.Principal.ARN, c.Action())
	}
	return t, nil
}

// authorize decides whether the principal may use the profile and the model in every destination. Who may not is not
// told what is behind the identifier.
func (g *Gateway) authorize(_ context.Context, c *Call, a *Answer) error {
	err := g.guard.Authorize(c, a.Target)
	if err != nil {
		a.Target = nil
	}
	return err
}

// unguarded is the Guard of a gateway that has none: whoever holds a key of the account may call.
type unguarded struct{}

func (unguarded) Authorize(c *Call, t *profile.Target) error {
	if app := t.Application; app != nil && app.Account != c.Principal.Account {
		return (&profile.OtherAccountError{ARN: app.ARN(t.Partition)}).Denied(c.Principal.ARN, c.Action())
	}
	return nil
}
