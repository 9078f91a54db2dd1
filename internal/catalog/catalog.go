// Package catalog holds what is known of Bedrock: regions, foundation models, cross-region inference profiles, quotas
// and prices, from embedded data and an operator's overlay.
//
// A Catalog never changes after Load. Everything it returns is shared: callers must not write to it.
package catalog

import (
	"github.com/outcrop/outcrop/internal/arn"
)

// Catalog is every fact, indexed. It is safe for concurrent use because nothing writes to it after Load.
type Catalog struct {
	regions  []*RegionInfo
	models   []*Model
	profiles []*Profile
	quotas   []Quota
	prices   []Price

	commitments []Commitment
	notes       []Note
	sources     map[string]string

	regionByID  map[arn.Region]*RegionInfo
	modelByID   map[string]*Model
	profileByID map[string]*Profile
	quotasOf    map[string][]Quota
	pricesOf    map[string][]Price
}

// Regions lists every region by id.
func (c *Catalog) Regions() []*RegionInfo { return c.regions }

// Models lists every foundation model by id, those that only provisioned throughput serves among them.
func (c *Catalog) Models() []*Model { return c.models }

// Profiles lists every cross-region inference profile by id, retired ones among them.
func (c *Catalog) Profiles() []*Profile { return c.profiles }

// Quotas lists every default quota.
func (c *Catalog) Quotas() []Quota { return c.quotas }

// Prices lists every price row.
func (c *Catalog) Prices() []Price { return c.prices }

// Commitments lists the prices of provisioned throughput.
func (c *Catalog) Commitments() []Commitment { return c.commitments }

// Notes lists the rules behind quotas and prices that no single row carries.
func (c *Catalog) Notes() []Note { return c.notes }

// Region looks a region up.
func (c *Catalog) Region(id arn.Region) (*RegionInfo, bool) {
	r, ok := c.regionByID[id]
	return r, ok
}

// Model looks a foundation model up by its bare id.
func (c *Catalog) Model(id string) (*Model, bool) {
	m, ok := c.modelByID[id]
	return m, ok
}

// Profile looks a cross-region inference profile up by its bare id.
func (c *Catalog) Profile(id string) (*Profile, bool) {
	p, ok := c.profileByID[id]
	return p, ok
}

// QuotasOf lists the default quotas of one model.
func (c *Catalog) QuotasOf(model string) []Quota { return c.quotasOf[model] }

// PricesOf lists the price rows of one model, those of its profiles among them.
func (c *Catalog) PricesOf(model string) []Price { return c.pricesOf[model] }

// Source spells out a source that a Provenance names by its short key.
func (c *Catalog) Source(key string) (string, bool) {
	s, ok := c.sources[key]
	return s, ok
}
