// Package profile resolves the identifier of a call to a target: a foundation model, its destinations, and the
// inference profiles passed on the way.
package profile

import (
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/identity"
)

// Scope says how far from the source region a call may run.
type Scope uint8

// The scopes of a target.
const (
	InRegion Scope = iota // the source region alone
	Geo                   // the regions a geographic profile lists
	Global                // any commercial region
)

func (s Scope) String() string {
	return [...]string{"in-region", "geo", "global"}[s]
}

// Target is an identifier resolved. Targets are shared between calls: nobody writes to one.
type Target struct {
	Model     *catalog.Model
	Source    arn.Region
	Partition arn.Partition // of the source region

	// Destinations are the regions the call may run in, never empty: the source first when it is one of them, then by
	// distance from it, then by name.
	Destinations []arn.Region
	Scope        Scope

	System      *catalog.Profile // nil when no cross-region profile was passed
	Application *Application     // nil when no application profile was passed
	// Labels are the application profile's tags in the form that policies take.
	Labels identity.Tags
}

// ModelARN is the model's ARN in one region. An empty region gives the region-less form that global profiles list.
func (t *Target) ModelARN(r arn.Region) arn.ARN {
	return arn.FoundationModel(t.Partition, r, t.Model.ID)
}

// ModelARNs are the model ARNs an inference profile over this target lists: for a global one the region-less ARN
// and the source region's, else one for each destination in order.
func (t *Target) ModelARNs() []arn.ARN {
	if t.Scope == Global {
		return []arn.ARN{t.ModelARN(""), t.ModelARN(t.Source)}
	}
	out := make([]arn.ARN, len(t.Destinations))
	for i, r := range t.Destinations {
		out[i] = t.ModelARN(r)
	}
	return out
}

// ProfileARN is the ARN of the profile that was called: the application profile's, else the cross-region profile's as
// the caller's account sees it. It reports false when the model was called by itself.
func (t *Target) ProfileARN(caller arn.Account) (arn.ARN, bool) {
	switch {
	case t.Application != nil:
		return arn.ApplicationProfile(t.Partition, t.Application.Region, t.Application.Account, t.Application.ID), true
	case t.System != nil:
		return arn.InferenceProfile(t.Partition, t.Source, caller, t.System.ID), true
	}
	return arn.ARN{}, false
}

// CalledARN is the ARN of what was called, whatever it was: what an authorization checks first.
func (t *Target) CalledARN(caller arn.Account) arn.ARN {
	if a, ok := t.ProfileARN(caller); ok {
		return a
	}
	return t.ModelARN(t.Source)
}
