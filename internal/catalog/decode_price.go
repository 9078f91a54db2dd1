package catalog

import (
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
)

type priceRow struct {
	Model    string       `json:"model"`
	Profile  string       `json:"profile"`
	Regions  []arn.Region `json:"in"`
	Tier     string       `json:"tier"`
	Context  string       `json:"context"`
	Unit     Unit         `json:"unit"`
	Input    *int64       `json:"input"`
	Output   *int64       `json:"output"`
	Read     *int64       `json:"read"`
	Write5m  *int64       `json:"write_5m"`
	Write30m *int64       `json:"write_30m"`
	Write1h  *int64       `json:"write_1h"`
	Rules    []string     `json:"rules"`
	As       string       `json:"as"`
	Derived  bool         `json:"derived"`
	Agrees   []string     `json:"agrees"`
	Disputes []string     `json:"disputes"`
	Note     string       `json:"note"`
	originRow
}

func (r *priceRow) price() Price {
	p := Price{
		Model: r.Model, Profile: r.Profile, Scope: InRegion, Regions: r.Regions,
		Tier: orElse(r.Tier, "standard"), Context: orElse(r.Context, "base"), Unit: orElse(r.Unit, PerToken),
		Input: rate(r.Input), Output: rate(r.Output), CacheRead: rate(r.Read),
		CacheWrite5m: rate(r.Write5m), CacheWrite30m: rate(r.Write30m), CacheWrite1h: rate(r.Write1h),
		Derived: r.Derived, Rules: r.Rules, As: r.As, Agrees: r.Agrees, Disputes: r.Disputes, Note: r.Note,
		Provenance: r.provenance(),
	}
	if r.Profile != "" {
		p.Geography, _, _ = strings.Cut(r.Profile, ".")
		p.Scope = Geo
		if p.Geography == globalPrefix {
			p.Scope = Global
		}
	}
	return p
}

func rate(pico *int64) Rate {
	if pico == nil {
		return Rate{}
	}
	return Rate{Pico: *pico, Known: true}
}

func orElse[T ~string](v, usual T) T {
	if v == "" {
		return usual
	}
	return v
}

type commitmentRow struct {
	Model  string     `json:"model"`
	Region arn.Region `json:"region"`
	Months int        `json:"months"`
	Pico   int64      `json:"per_second"`
	originRow
}

func (r *commitmentRow) commitment() Commitment {
	return Commitment{Model: r.Model, Region: r.Region, Months: r.Months, PicoSecond: r.Pico, Provenance: r.provenance()}
}
