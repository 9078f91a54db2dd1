package gateway

import (
	"context"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/route"
)

// CountTokens counts the input of c at the first destination that can be asked. It takes no
// capacity and settles nothing: counting is free of charge.
func (g *Gateway) CountTokens(ctx context.Context, c *Call) (*Answer, error) {
	a := g.answer(c)
	for _, step := range [...]func(context.Context, *Call, *Answer) error{g.resolve, g.authorize, g.parse} {
		if err := step(ctx, c, a); err != nil {
			return a, fault.Public(err)
		}
	}
	settings := a.settings(a.places.fleet, c)
	for region, d := range a.places.fleet.Table().Order(a.Target.Model.ID, a.Target.Destinations) {
		if d == nil {
			a.Trail.Add(route.Step{Region: region, Room: route.Absent})
			continue
		}
		if closed := settings.Permits(region); closed != route.Free {
			a.Trail.Add(route.Step{Region: region, Room: closed})
			continue
		}
		n, exact, err := a.places.at(d).provider.CountTokens(ctx, a.attempt(d))
		if err == nil {
			a.Trail.Add(route.Step{Region: region, Outcome: route.Served})
			a.Region, a.Tokens, a.Exact = region, n, exact
			return a, nil
		}
		f := classify(err)
		a.Trail.Add(route.Step{Region: region, Outcome: route.Failed, Err: f})
		if !route.MovesOn(f) {
			return a, f
		}
	}
	return a, a.Trail.Refusal()
}
