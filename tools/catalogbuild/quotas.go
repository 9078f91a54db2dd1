package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

type quotaIn struct {
	Name       string           `json:"quotaName"`
	Model      string           `json:"modelId"`
	Scope      string           `json:"scope"`
	Metric     string           `json:"metric"`
	Variant    string           `json:"variant"`
	Default    int64            `json:"default"`
	Overrides  map[string]int64 `json:"regionOverrides"`
	Adjustable bool             `json:"adjustable"`
	Code       string           `json:"quotaCode"`
	Source     string           `json:"source"`
	AsOf       string           `json:"as_of"`
}

type quotaOut struct {
	Name       string           `json:"name"`
	Code       string           `json:"code,omitempty"`
	Model      string           `json:"model,omitempty"`
	Scope      string           `json:"scope"`
	Metric     string           `json:"metric"`
	Variant    string           `json:"variant,omitempty"`
	Default    int64            `json:"default"`
	ByRegion   map[string]int64 `json:"by_region,omitempty"`
	Adjustable bool             `json:"adjustable,omitempty"`
	origin
}

var (
	quotaScopes = map[string]string{
		"on-demand": "in-region", "cross-region": "geo", "global-cross-region": "global",
		"on-demand-latency-optimized": "latency-optimized",
	}
	quotaMetrics = map[string]string{
		"RPM": "requests-per-minute", "TPM": "tokens-per-minute", "TPD": "tokens-per-day",
		"CONCURRENCY": "concurrent-requests", "ASYNC_CONCURRENCY": "concurrent-async-jobs",
	}
)

func quotas(dir string, src *sources) ([]any, error) {
	in, err := read[struct{ Quotas []quotaIn }](dir, "quotas.json")
	slices.SortStableFunc(in.Quotas, func(a, b quotaIn) int {
		return strings.Compare(a.Model+" "+a.Name, b.Model+" "+b.Name)
	})
	var out []any
	for _, q := range in.Quotas {
		o := quotaOut{
			Name: q.Name, Code: q.Code, Model: q.Model, Scope: quotaScopes[q.Scope], Metric: quotaMetrics[q.Metric],
			Variant: q.Variant, Default: q.Default, ByRegion: q.Overrides, Adjustable: q.Adjustable,
			origin: origin{Sources: src.keys(q.Source), AsOf: day(q.AsOf), Trust: "high"},
		}
		if o.Scope == "" || o.Metric == "" {
			return nil, fmt.Errorf("%s: scope %q or metric %q is not known", q.Name, q.Scope, q.Metric)
		}
		if o.Model == "" {
			o.Trust, o.Doubt = "", "the name matches no model id"
		}
		out = append(out, o)
	}
	return out, err
}

type noteOut struct {
	Topic string `json:"topic"`
	Name  string `json:"name"`
	Text  string `json:"text,omitempty"`
	Value int64  `json:"value,omitempty"`
	Code  string `json:"code,omitempty"`

	Adjustable bool `json:"adjustable,omitempty"`
	origin
}

// notes gathers the price rules, the quotas that belong to no model and the way quota tokens are counted.
func notes(dir string, src *sources) ([]any, error) {
	rules, err := priceRules(dir, src)
	if err != nil {
		return nil, err
	}
	in, err := read[struct {
		General []struct {
			Name, Text, Note, Source string
			Default                  int64
			QuotaCode                string
			Adjustable               bool
			InputTPM                 int64 `json:"input_tpm"`
			OutputTPM                int64 `json:"output_tpm"`
		}
		Burndown burndownIn
	}](dir, "quotas.json")
	var out []any
	for _, g := range in.General {
		text := strings.Join(slices.DeleteFunc([]string{g.Text, g.Note}, func(s string) bool { return s == "" }), "; ")
		if g.InputTPM > 0 {
			text = fmt.Sprintf("%d input and %d output tokens per minute", g.InputTPM, g.OutputTPM)
		}
		out = append(out, noteOut{
			Topic: "quota", Name: g.Name, Text: text, Value: g.Default, Code: g.QuotaCode, Adjustable: g.Adjustable,
			origin: origin{Sources: src.keys(g.Source)},
		})
	}
	return append(append(out, in.Burndown.notes(src)...), rules...), err
}

type burndownIn struct {
	Source    string
	AtStart   string `json:"at_start"`
	AtEnd     string `json:"at_end"`
	CacheRead string `json:"cache_read"`
	Billing   string
	Rates     []struct {
		Models     string
		Multiplier json.Number `json:"output_multiplier"`
		Note       string
	}
}

// notes says how quota tokens are counted, and which models count output more than once.
func (b burndownIn) notes(src *sources) []any {
	from := origin{Sources: src.keys(b.Source)}
	out := []any{
		noteOut{Topic: "burndown", Name: "at the start", Text: b.AtStart, origin: from},
		noteOut{Topic: "burndown", Name: "at the end", Text: b.AtEnd, origin: from},
		noteOut{Topic: "burndown", Name: "cache reads", Text: b.CacheRead, origin: from},
		noteOut{Topic: "burndown", Name: "billing", Text: b.Billing, origin: from},
	}
	for _, r := range b.Rates {
		n, _ := r.Multiplier.Int64()
		from.Doubt = r.Note
		out = append(out, noteOut{Topic: "burndown", Name: r.Models, Value: n, origin: from})
	}
	return out
}

func priceRules(dir string, src *sources) ([]any, error) {
	in, err := read[struct {
		Rules []struct{ Rule, Text, Source string }
	}](dir, "prices.json")
	var out []any
	for _, r := range in.Rules {
		o := noteOut{Topic: "price", Name: r.Rule, Text: r.Text, origin: origin{Sources: src.keys(r.Source)}}
		if strings.Contains(r.Source, "doubtful") {
			o.Trust, o.Doubt = "low", "another AWS text gives priority as about 25% more"
		}
		out = append(out, o)
	}
	return out, err
}
