package catalog

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Profile is a cross-region inference profile: a model, and for every source region where it may run.
type Profile struct {
	ID          string // "us.amazon.nova-lite-v1:0"
	Name        string
	Description string
	Geography   string // the id's prefix: us, eu, apac, au, jp, in, ca, us-gov, global, or an operator's own
	ModelID     string
	Model       *Model // never nil in a Catalog that Check finds no fault with
	Global      bool   // may run anywhere in the partition; its ARN list has the region-less model ARN

	// Retired profiles are no longer listed by AWS: their model is gone or the profile was withdrawn.
	Retired             bool
	Created             time.Time // zero when unknown
	FirstSeen, LastSeen time.Time // days on which lists of AWS had the profile; zero when unknown

	Routes []Route

	// AWS's documentation and API name some profiles differently; APIName is the API's word where it is known. A name
	// or description by pattern follows the wording of its siblings.
	APIName                             string
	NameByPattern, DescriptionByPattern bool

	Provenance

	destinations map[arn.Region][]arn.Region
}

// Route is where calls from some source regions may run.
type Route struct {
	Sources, Destinations []arn.Region
	Seen                  string // how the route is known: "api:2026-08-21", "docs:2025-12", assumed …
}

// Destinations are the regions a call from source may run in: the source first when it is one of them, then by
// great-circle distance from the source, then by name. It is nil where the profile is not offered.
func (p *Profile) Destinations(source arn.Region) []arn.Region { return p.destinations[source] }

// Sources reports the regions the profile can be called from, by name.
func (p *Profile) Sources() []arn.Region { return sortedKeys(p.destinations) }
