package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

type priceIn struct {
	Model      string      `json:"modelId"`
	Profile    string      `json:"profileId"`
	Scope      string      `json:"scope"`
	Geography  string      `json:"geo"`
	Regions    []string    `json:"regions"`
	Tier       string      `json:"tier"`
	Context    string      `json:"contextTier"`
	Unit       string      `json:"unit"`
	Input      json.Number `json:"input"`
	Output     json.Number `json:"output"`
	Write5m    json.Number `json:"cacheWrite5m"`
	Write30m   json.Number `json:"cacheWrite30m"`
	Write1h    json.Number `json:"cacheWrite1h"`
	Read       json.Number `json:"cacheRead"`
	Confidence string      `json:"confidence"`
	Derived    bool        `json:"derived"`
	Source     string      `json:"source"`
	AsOf       string      `json:"as_of"`
	Agrees     []string    `json:"agrees"`
	Disagrees  []string    `json:"disagrees"`
	Note       string      `json:"note"`
}

// priceOut leaves out what is usual: tier standard, context base, unit token, every region. The scope and the geography
// follow from the profile.
type priceOut struct {
	Model    string   `json:"model"`
	Profile  string   `json:"profile,omitempty"`
	Regions  []string `json:"in,omitempty"`
	Tier     string   `json:"tier,omitempty"`
	Context  string   `json:"context,omitempty"`
	Unit     string   `json:"unit,omitempty"`
	Input    *int64   `json:"input,omitempty"`
	Output   *int64   `json:"output,omitempty"`
	Read     *int64   `json:"read,omitempty"`
	Write5m  *int64   `json:"write_5m,omitempty"`
	Write30m *int64   `json:"write_30m,omitempty"`
	Write1h  *int64   `json:"write_1h,omitempty"`
	Rules    []string `json:"rules,omitempty"`
	As       string   `json:"as,omitempty"`
	Derived  bool     `json:"derived,omitempty"`
	Agrees   []string `json:"agrees,omitempty"`
	Disputes []string `json:"disputes,omitempty"`
	Note     string   `json:"note,omitempty"`
	origin
}

func prices(dir string, src *sources) ([]any, error) {
	in, err := read[struct{ Prices []priceIn }](dir, "prices.json")
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(in.Prices, func(a, b priceIn) int {
		return cmp.Or(strings.Compare(a.Model, b.Model), strings.Compare(a.Profile, b.Profile),
			strings.Compare(a.Tier, b.Tier), strings.Compare(a.Context, b.Context), slices.Compare(a.Regions, b.Regions))
	})
	var out []any
	for _, p := range in.Prices {
		o, err := price(p, src)
		if err != nil {
			return nil, fmt.Errorf("%s %s %s: %w", p.Model, p.Profile, p.Tier, err)
		}
		out = append(out, o)
	}
	return out, nil
}

// price converts one row.
func price(p priceIn, src *sources) (priceOut, error) {
	unit, size, err := unitOf(p.Unit)
	o := priceOut{
		Model: p.Model, Profile: p.Profile,
		Tier: unless(p.Tier, "standard"), Context: unless(p.Context, "base"), Unit: unless(unit, "token"),
		Rules: rulesOf(p.Source), Derived: p.Derived, Agrees: p.Agrees, Disputes: p.Disagrees, Note: p.Note,
		origin: origin{Sources: src.keys(p.Source), AsOf: p.AsOf, Trust: trust(p.Confidence), Doubt: priceDoubt(p)},
	}
	if !slices.Equal(p.Regions, []string{"*"}) {
		o.Regions = p.Regions
	}
	if m := takenFrom.FindStringSubmatch(p.Source); m != nil {
		o.As = m[1]
	}
	errs := []error{err, scopeFollows(p)}
	for _, r := range []struct {
		to   **int64
		from json.Number
	}{{&o.Input, p.Input}, {&o.Output, p.Output}, {&o.Read, p.Read}, {&o.Write5m, p.Write5m}, {&o.Write30m, p.Write30m}, {&o.Write1h, p.Write1h}} {
		*r.to, err = pico(r.from, size)
		errs = append(errs, err)
	}
	return o, errors.Join(errs...)
}

// scopeFollows makes sure that nothing is lost by leaving the scope out.
func scopeFollows(p priceIn) error {
	prefix, _, _ := strings.Cut(p.Profile, ".")
	want := "geo"
	switch prefix {
	case "":
		want = "in-region"
	case "global":
		want = "global"
	}
	if p.Scope != want || p.Geography != prefix {
		return fmt.Errorf("scope %q and geography %q do not follow from the profile", p.Scope, p.Geography)
	}
	return nil
}

// unitOf names a unit and says how many of it a listed price is for.
func unitOf(text string) (name string, size int64, err error) {
	switch {
	case text == "1M tokens":
		return "token", 1_000_000, nil
	case text == "image":
		return "image", 1, nil
	case strings.HasPrefix(text, "1K queries"):
		return "query", 1000, nil
	}
	return "", 1, fmt.Errorf("unit %q is not known", text)
}

var takenFrom = regexp.MustCompile(`\(price of ([^)]+)\)`)

// rulesOf names the rules (see notes.jsonl) that a derived price went through.
func rulesOf(source string) []string {
	var out []string
	for _, r := range []struct{ mark, rule string }{
		{"50% batch", "batch"},
		{"rule seen for Nova Pro", "tiers"},
		{"rule as for Nova Pro", "tiers"},
		{"factor applied to standard", "tiers"},
		{"regional premium", "regional premium"},
		{"no cross-Region surcharge", "no cross-region surcharge"},
	} {
		if strings.Contains(source, r.mark) {
			out = append(out, r.rule)
		}
	}
	return out
}

// priceDoubt says why a row of low confidence has it.
func priceDoubt(p priceIn) string {
	switch {
	case p.Confidence != "low":
		return ""
	case len(p.Disagrees) > 0:
		return "price lists disagree"
	case takenFrom.MatchString(p.Source):
		return "listed for a sibling id only"
	case p.Derived:
		return "made by a rule that is published for some models only"
	}
	return "one price list, and an unlikely figure"
}

// unless drops the usual value.
func unless(v, usual string) string {
	if v == usual {
		return ""
	}
	return v
}

type commitmentIn struct {
	Region  string      `json:"region"`
	Months  int         `json:"commitmentMonths"`
	Model   string      `json:"modelId"`
	Dollars json.Number `json:"usdPerSecondPerModelUnit"`
	Source  string      `json:"source"`
	AsOf    string      `json:"as_of"`
}

type commitmentOut struct {
	Model  string `json:"model"`
	Region string `json:"region,omitempty"`
	Months int    `json:"months,omitempty"`
	Pico   *int64 `json:"per_second"`
	origin
}

func commitments(dir string, src *sources) ([]any, error) {
	in, err := read[struct {
		Rows []commitmentIn `json:"provisioned_throughput"`
	}](dir, "prices.json")
	var out []any
	for _, c := range in.Rows {
		n, err := pico(c.Dollars, 1)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", c.Model, c.Region, err)
		}
		out = append(out, commitmentOut{
			Model: c.Model, Region: unless(c.Region, "*"), Months: c.Months, Pico: n,
			origin: origin{Sources: src.keys(c.Source), AsOf: c.AsOf},
		})
	}
	return out, err
}
