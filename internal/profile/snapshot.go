package profile

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
)

// Lifecycle says what a model's age means for calls.
type Lifecycle uint8

const (
	// Widest resolves whatever was ever offered: retired profiles, models past their end of life, regions that
	// have withdrawn a model. It is the default.
	Widest Lifecycle = iota
	// Enforce resolves what is offered today and refuses legacy and ended models as AWS does.
	Enforce
)

// Options say how a Snapshot judges.
type Options struct {
	Lifecycle Lifecycle
	Today     time.Time // the day that Enforce judges by
}

// Snapshot is everything resolution needs, at one moment. It never changes: a write makes the next one, which shares
// what did not change. It is safe for concurrent use.
type Snapshot struct {
	catalog *catalog.Catalog
	options Options
}

// NewSnapshot prepares a catalog for resolution. It has no application profiles yet.
func NewSnapshot(c *catalog.Catalog, o Options) *Snapshot { return &Snapshot{catalog: c, options: o} }

// Catalog is what the snapshot was made from.
func (s *Snapshot) Catalog() *catalog.Catalog { return s.catalog }

// WithApplications returns a snapshot with exactly these application profiles.
func (s *Snapshot) WithApplications(apps []*Application) *Snapshot { return s }

// Put returns a snapshot in which app is new or takes the place of the one with its account, region and id.
func (s *Snapshot) Put(app *Application) *Snapshot { return s }

// Delete returns a snapshot without the application profile. Deleting one that does not exist changes nothing.
func (s *Snapshot) Delete(account arn.Account, region arn.Region, id string) *Snapshot { return s }

// Resolve turns the identifier of a call by account in the source region into a target.
func (s *Snapshot) Resolve(account arn.Account, source arn.Region, identifier string) (*Target, error) {
	return nil, nil
}

// Application looks an application profile up.
func (s *Snapshot) Application(account arn.Account, region arn.Region, id string) (*Application, bool) {
	return nil, false
}

// Applications lists an account's application profiles in a region, oldest first, then by id.
func (s *Snapshot) Applications(account arn.Account, region arn.Region) []*Application { return nil }

// System looks up a cross-region profile as it can be called from the source region.
func (s *Snapshot) System(source arn.Region, id string) (*Target, bool) { return nil, false }

// Systems lists the cross-region profiles that can be called from the source region, by id.
func (s *Snapshot) Systems(source arn.Region) []*Target { return nil }

// Summary is a foundation model as one region lists it.
type Summary struct {
	Model  *catalog.Model
	Types  catalog.InferenceTypes
	Legacy bool // the region lists it as LEGACY
}

// Models lists the foundation models of a region, by id.
func (s *Snapshot) Models(source arn.Region) []Summary { return nil }

// Model looks up a foundation model as a region lists it.
func (s *Snapshot) Model(source arn.Region, id string) (Summary, bool) { return Summary{}, false }

// CopySource checks the source of a new application profile (copyFrom) and returns what it resolves to.
func (s *Snapshot) CopySource(account arn.Account, region arn.Region, copyFrom string) (*Target, error) {
	return nil, nil
}
