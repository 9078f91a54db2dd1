package gateway

import (
	"context"
	"errors"

	"github.com/outcrop/outcrop/internal/profile"
)

// resolve turns the identifier into a target.
func (g *Gateway) resolve(_ context.Context, c *Call, a *Answer) error {
	t, err := g.snapshots.Snapshot().Resolve(c.Principal.Account, c.Source, c.Identifier)
	a.Target = t
	var other *profile.OtherAccountError
	if errors.As(err, &other) {
		return other.Denied(c.Principal.ARN, c.Action())
	}
	return err
}

// authorize decides whether the principal may use the profile and the model in every destination.
func (g *Gateway) authorize(_ context.Context, c *Call, a *Answer) error {
	return g.guard.Authorize(c, a.Target)
}

// unguarded is the Guard of a gateway that has none.
type unguarded struct{}

func (unguarded) Authorize(*Call, *profile.Target) error { return nil }
