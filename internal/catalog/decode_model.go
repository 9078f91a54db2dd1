package catalog

import (
	"fmt"

	"github.com/outcrop/outcrop/internal/arn"
)

// typeSet lists regions by the way a model can be called there.
type typeSet[Regions any] struct {
	OnDemand    Regions `json:"on_demand"`
	Provisioned Regions `json:"provisioned"`
	Profile     Regions `json:"profile"`
}

type modelRow struct {
	ID             string                      `json:"id"`
	Name           string                      `json:"name"`
	Provider       string                      `json:"provider"`
	Family         string                      `json:"family"`
	VariantOf      string                      `json:"variant_of"`
	Input          []Modality                  `json:"input"`
	Output         []Modality                  `json:"output"`
	Streaming      bool                        `json:"streaming"`
	Customizations []string                    `json:"customizations"`
	Now            typeSet[[]arn.Region]       `json:"now"`
	Ended          typeSet[map[arn.Region]day] `json:"ended"`
	Life           lifeRow                     `json:"life"`
	Context        int                         `json:"context"`
	MaxOutput      int                         `json:"max_output"`
	LimitsNote     string                      `json:"limits_note"`
	Burndown       int                         `json:"burndown"`
	APIs           apiSet                      `json:"apis"`
	CardAPIs       []string                    `json:"card_apis"`
	APINote        string                      `json:"api_note"`
	Features       featureSet                  `json:"features"`
	FeaturesFrom   string                      `json:"features_from"`
	FeaturesDoubt  string                      `json:"features_doubt"`
	Dimensions     []int                       `json:"dimensions"`
	Dimension      int                         `json:"dimension"`
	Cache          *cacheRow                   `json:"cache"`
	Tiers          []string                    `json:"tiers"`
	Mantle         *mantleRow                  `json:"mantle"`
	Note           string                      `json:"note"`
	originRow
}

type cacheRow struct {
	Min    int      `json:"min"`
	Points int      `json:"points"`
	TTL    []string `json:"ttl"`
	Fields []string `json:"fields"`
	Note   string   `json:"note"`
}

type mantleRow struct {
	Regions []arn.Region `json:"regions"`
	APIs    []string     `json:"apis"`
}

func (r *modelRow) model() *Model {
	m := &Model{
		ID: r.ID, Name: r.Name, Provider: r.Provider, Family: r.Family, VariantOf: r.VariantOf,
		Input: r.Input, Output: r.Output, Streaming: r.Streaming, Customizations: r.Customizations,
		Regions: r.availability(), Lifecycle: r.Life.lifecycle(),
		ContextWindow: r.Context, MaxOutput: r.MaxOutput, LimitsNote: r.LimitsNote, Burndown: max(r.Burndown, 1),
		APIs: APIs(r.APIs), Features: Features(r.Features), Tiers: r.Tiers, Note: r.Note,
		Provenance: r.provenance(),
	}
	m.APIs.Card, m.APIs.Note = r.CardAPIs, r.APINote
	m.Features.Basis, m.Features.Doubt = r.FeaturesFrom, r.FeaturesDoubt
	m.Features.Dimensions, m.Features.DefaultDimension = r.Dimensions, r.Dimension
	if c := r.Cache; c != nil {
		m.Features.Cache = &PromptCache{MinTokens: c.Min, MaxPoints: c.Points, TTL: c.TTL, Fields: c.Fields, Note: c.Note}
	}
	if x := r.Mantle; x != nil {
		m.Mantle = &Mantle{Regions: x.Regions, APIs: x.APIs}
	}
	return m
}

// availability turns the lists by type into a map by region.
func (r *modelRow) availability() map[arn.Region]Availability {
	out := map[arn.Region]Availability{}
	for _, t := range []struct {
		kind  InferenceTypes
		now   []arn.Region
		ended map[arn.Region]day
	}{
		{OnDemand, r.Now.OnDemand, r.Ended.OnDemand},
		{Provisioned, r.Now.Provisioned, r.Ended.Provisioned},
		{ViaProfile, r.Now.Profile, r.Ended.Profile},
	} {
		for _, region := range t.now {
			a := out[region]
			a.Now |= t.kind
			a.Ever |= t.kind
			out[region] = a
		}
		for region, last := range t.ended {
			a := out[region]
			a.Ever |= t.kind
			a.setUntil(t.kind, last)
			out[region] = a
		}
	}
	return out
}

// setUntil notes the last day a withdrawn type was seen.
func (a *Availability) setUntil(kind InferenceTypes, last day) {
	switch kind {
	case OnDemand:
		a.OnDemandUntil = last.at
	case ViaProfile:
		a.ViaProfileUntil = last.at
	}
}

type lifeRow struct {
	Status    Status  `json:"status"`
	Effective *Status `json:"effective"`
	On        day     `json:"on"`
	Launch    string  `json:"launch"`
	Legacy    day     `json:"legacy"`
	End       day     `json:"end"`
	Note      string  `json:"note"`
}

func (r lifeRow) lifecycle() Lifecycle {
	l := Lifecycle{
		Listed: r.Status, Effective: r.Status, ListedOn: r.On.at, Launch: r.Launch,
		Legacy: r.Legacy.at, EndOfLife: r.End.at, Note: r.Note,
	}
	if r.Effective != nil {
		l.Effective = *r.Effective
	}
	return l
}

// UnmarshalText reads "active", "legacy" or "eol".
func (s *Status) UnmarshalText(b []byte) error {
	switch string(b) {
	case "active":
		*s = Active
	case "legacy":
		*s = Legacy
	case "eol":
		*s = EndOfLife
	default:
		return fmt.Errorf("status %q is none of active, legacy, eol", b)
	}
	return nil
}

// apiSet is APIs written as a list of words.
type apiSet APIs

func (s *apiSet) UnmarshalJSON(b []byte) error {
	return readWords(b, map[string]*bool{
		"invoke": &s.Invoke, "invoke_stream": &s.InvokeStream,
		"converse": &s.Converse, "converse_stream": &s.ConverseStream,
		"async": &s.Async, "bidirectional": &s.Bidirectional,
		"responses": &s.Responses, "chat": &s.ChatCompletions,
	})
}

// featureSet is Features written as a list of words.
type featureSet Features

func (s *featureSet) UnmarshalJSON(b []byte) error {
	return readWords(b, map[string]*bool{
		"system": &s.System, "documents": &s.Documents, "vision": &s.Vision,
		"tools": &s.Tools, "streaming_tools": &s.StreamingTools,
		"guardrails": &s.Guardrails, "reasoning": &s.Reasoning,
		"image_generation": &s.ImageGeneration, "rerank": &s.Rerank,
	})
}
