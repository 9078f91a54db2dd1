package profile

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
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
}

// ARN is the profile's own name.
func (a *Application) ARN(p arn.Partition) arn.ARN {
	return arn.ApplicationProfile(p, a.Region, a.Account, a.ID)
}
