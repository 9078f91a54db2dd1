package profile

import (
	"cmp"
	"slices"
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
	regions map[arn.Region]*table
	shelves shelves
}

// NewSnapshot prepares a catalog for resolution, which takes milliseconds. It has no application profiles yet.
func NewSnapshot(c *catalog.Catalog, o Options) *Snapshot {
	return &Snapshot{catalog: c, options: o, regions: tables(c, o)}
}

// Rebuild returns a snapshot of another catalog, or of another day, with the application profiles of this one.
func (s *Snapshot) Rebuild(c *catalog.Catalog, o Options) *Snapshot {
	return NewSnapshot(c, o).WithApplications(s.all())
}

// Catalog is what the snapshot was made from.
func (s *Snapshot) Catalog() *catalog.Catalog { return s.catalog }

// System looks up a cross-region profile as it can be called from the source region.
func (s *Snapshot) System(source arn.Region, id string) (*Target, bool) {
	t := s.regions[source].system(id)
	return t, t != nil
}

// Systems lists the cross-region profiles that can be called from the source region, by id. The list is shared: nobody
// writes to it.
func (s *Snapshot) Systems(source arn.Region) []*Target {
	if t := s.regions[source]; t != nil {
		return t.offered
	}
	return nil
}

// system is the target of a profile, nil where it cannot be called.
func (t *table) system(id string) *Target {
	if t == nil {
		return nil
	}
	return t.systems[id].target
}

// Summary is a foundation model as one region lists it.
type Summary struct {
	Model  *catalog.Model
	Types  catalog.InferenceTypes
	Legacy bool // the region lists it as LEGACY
}

// Models lists the foundation models of a region, by id. The list is shared: nobody writes to it.
func (s *Snapshot) Models(source arn.Region) []Summary {
	if t := s.regions[source]; t != nil {
		return t.listed
	}
	return nil
}

// Model looks up a foundation model as a region lists it. It reports false where the region does not list it.
func (s *Snapshot) Model(source arn.Region, id string) (Summary, bool) {
	listed := s.Models(source)
	i, ok := slices.BinarySearchFunc(listed, id, func(m Summary, id string) int { return cmp.Compare(m.Model.ID, id) })
	if !ok {
		return Summary{}, false
	}
	return listed[i], true
}
