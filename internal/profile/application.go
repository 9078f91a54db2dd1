package profile

import (
	"maps"
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// Application is an application inference profile: a tagged name over a model or a cross-region profile. One that
// is part of a Snapshot is never written to; a change of tags is a new Application.
type Application struct {
	ID               string // twelve characters of a-z and 0-9
	Name             string
	Description      string
	Account          arn.Account // the owner
	Region           arn.Region
	Source           arn.ARN // what it was copied from: a foundation model's or a cross-region profile's ARN
	Created, Updated time.Time
	Tags             map[string]string
	// Policy says who in other accounts may call the profile; nil: nobody.
	Policy *policy.Policy
}

// Labels are the tags in the form that policies take.
func (a *Application) Labels() identity.Tags {
	out := make(identity.Tags, 0, len(a.Tags))
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		out = append(out, identity.Tag{Key: key, Value: a.Tags[key]})
	}
	return out
}

// ARN is the profile's own name.
func (a *Application) ARN(p arn.Partition) arn.ARN {
	return arn.ApplicationProfile(p, a.Region, a.Account, a.ID)
}
