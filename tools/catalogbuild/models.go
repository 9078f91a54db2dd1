package main

import (
	"slices"
	"strings"
)

type modelIn struct {
	ID             string                       `json:"modelId"`
	Name           string                       `json:"modelName"`
	Provider       string                       `json:"providerName"`
	Family         string                       `json:"family"`
	Input          []string                     `json:"inputModalities"`
	Output         []string                     `json:"outputModalities"`
	Streaming      bool                         `json:"responseStreamingSupported"`
	Customizations []string                     `json:"customizationsSupported"`
	Now            map[string][]string          `json:"inferenceTypesByRegion"`
	Past           map[string]map[string]string `json:"historicalInferenceTypesByRegion"`
	Lifecycle      lifecycleIn                  `json:"modelLifecycle"`
	Effective      string                       `json:"effectiveStatus"`
	Context        int                          `json:"contextWindow"`
	MaxOutput      int                          `json:"maxOutputTokens"`
	LimitsNote     string                       `json:"limitsNote"`
	LimitsSource   string                       `json:"limitsSource"`
	Burndown       int                          `json:"tokenBurndownOutput"`
	APIs           apisIn                       `json:"apis"`
	Features       featuresIn                   `json:"features"`
	Tiers          []string                     `json:"serviceTiers"`
	VariantOf      string                       `json:"variantOf"`
	Mantle         *mantle                      `json:"mantle"`
	Note           string                       `json:"note"`
	AsOf           string                       `json:"as_of"`
	Source         string                       `json:"source"`
}

type lifecycleIn struct {
	Status, StatusAsOf, LaunchDate, LegacyTime, EndOfLifeTime, Note string
}

type modelOut struct {
	ID             string                       `json:"id"`
	Name           string                       `json:"name"`
	Provider       string                       `json:"provider"`
	Family         string                       `json:"family"`
	VariantOf      string                       `json:"variant_of,omitempty"`
	Input          []string                     `json:"input"`
	Output         []string                     `json:"output"`
	Streaming      bool                         `json:"streaming,omitempty"`
	Customizations []string                     `json:"customizations,omitempty"`
	Now            map[string][]string          `json:"now,omitempty"`
	Ended          map[string]map[string]string `json:"ended,omitempty"`
	Life           lifeOut                      `json:"life"`
	Context        int                          `json:"context,omitempty"`
	MaxOutput      int                          `json:"max_output,omitempty"`
	LimitsNote     string                       `json:"limits_note,omitempty"`
	Burndown       int                          `json:"burndown,omitempty"`
	APIs           []string                     `json:"apis,omitempty"`
	CardAPIs       []string                     `json:"card_apis,omitempty"`
	APINote        string                       `json:"api_note,omitempty"`
	Features       []string                     `json:"features,omitempty"`
	FeaturesFrom   string                       `json:"features_from,omitempty"`
	FeaturesDoubt  string                       `json:"features_doubt,omitempty"`
	Dimensions     []int                        `json:"dimensions,omitempty"`
	Dimension      int                          `json:"dimension,omitempty"`
	Cache          *cacheOut                    `json:"cache,omitempty"`
	Tiers          []string                     `json:"tiers,omitempty"`
	Mantle         *mantle                      `json:"mantle,omitempty"`
	Note           string                       `json:"note,omitempty"`
	origin
}

type lifeOut struct {
	Status    string `json:"status,omitempty"`    // legacy or eol, as the API said; active is left out
	Effective string `json:"effective,omitempty"` // the same with published dates applied, where it differs
	On        string `json:"on,omitempty"`        // the day the API said so
	Launch    string `json:"launch,omitempty"`
	Legacy    string `json:"legacy,omitempty"`
	End       string `json:"end,omitempty"`
	Note      string `json:"note,omitempty"`
}

type mantle struct {
	Regions []string `json:"regions"`
	APIs    []string `json:"apis"`
}

var typeNames = map[string]string{"ON_DEMAND": "on_demand", "PROVISIONED": "provisioned", "INFERENCE_PROFILE": "profile"}

func models(dir string, src *sources) ([]any, error) {
	in, err := read[struct{ Models []modelIn }](dir, "foundation_models.json")
	slices.SortFunc(in.Models, func(a, b modelIn) int { return strings.Compare(a.ID, b.ID) })
	var out []any
	for _, m := range in.Models {
		out = append(out, model(m, src))
	}
	return out, err
}

func model(m modelIn, src *sources) modelOut {
	o := modelOut{
		ID: m.ID, Name: m.Name, Provider: m.Provider, Family: m.Family, VariantOf: m.VariantOf,
		Input: m.Input, Output: m.Output, Streaming: m.Streaming, Customizations: m.Customizations,
		Now: byType(m.Now), Ended: endedByType(m.Past), Life: life(m),
		Context: m.Context, MaxOutput: m.MaxOutput, LimitsNote: m.LimitsNote,
		APIs: m.APIs.names(), CardAPIs: m.APIs.Card, APINote: m.APIs.Note,
		Features: m.Features.names(), Cache: m.Features.Cache.out(),
		Tiers: m.Tiers, Mantle: m.Mantle, Note: m.Note,
		origin: modelOrigin(m, src),
	}
	o.FeaturesFrom, o.FeaturesDoubt = m.Features.basis()
	if m.Burndown > 1 {
		o.Burndown = m.Burndown
	}
	if e := m.Features.Embedding; e != nil {
		o.Dimensions, o.Dimension = e.Dimensions, e.Default
	}
	return o
}

// byType turns region → types into type → regions, which is much shorter.
func byType(in map[string][]string) map[string][]string {
	out := map[string][]string{}
	for region, types := range in {
		for _, t := range types {
			out[typeNames[t]] = append(out[typeNames[t]], region)
		}
	}
	for _, regions := range out {
		slices.Sort(regions)
	}
	return out
}

// endedByType turns region → type → last day into type → region → last day.
func endedByType(in map[string]map[string]string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for region, types := range in {
		for t, last := range types {
			if out[typeNames[t]] == nil {
				out[typeNames[t]] = map[string]string{}
			}
			out[typeNames[t]][region] = day(last)
		}
	}
	return out
}

func life(m modelIn) lifeOut {
	status := unless(strings.ToLower(m.Lifecycle.Status), "active")
	effective := strings.ToLower(m.Effective)
	if effective == strings.ToLower(m.Lifecycle.Status) {
		effective = ""
	}
	return lifeOut{
		Status: status, Effective: effective, On: m.Lifecycle.StatusAsOf, Launch: m.Lifecycle.LaunchDate,
		Legacy: m.Lifecycle.LegacyTime, End: m.Lifecycle.EndOfLifeTime, Note: m.Lifecycle.Note,
	}
}

// modelOrigin grades a model by how its regions and limits are known.
func modelOrigin(m modelIn, src *sources) origin {
	o := origin{Sources: src.keys(m.Source), AsOf: day(m.AsOf), Trust: "high"}
	switch {
	case strings.Contains(m.Source, "from memory"):
		o.Trust, o.Doubt = "low", "limits and regions are from memory"
	case m.Note != "":
		o.Trust, o.Doubt = "low", m.Note
	case len(o.AsOf) < len("2026-08-21"), strings.HasPrefix(m.LimitsSource, "hand-set"):
		o.Trust = ""
	}
	if strings.HasPrefix(m.LimitsSource, "hand-set") && o.Doubt == "" {
		o.Doubt = "limits were set by hand from several pages, not quoted one by one"
	}
	return o
}
