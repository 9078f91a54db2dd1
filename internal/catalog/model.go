package catalog

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Modality is what a model reads or writes, in the API's spelling: TEXT, IMAGE, VIDEO, SPEECH, AUDIO, EMBEDDING.
type Modality string

// Modalities that code asks about.
const (
	Text      Modality = "TEXT"
	Image     Modality = "IMAGE"
	Embedding Modality = "EMBEDDING"
)

// InferenceTypes is a set of the ways a model can be called.
type InferenceTypes uint8

// The members of InferenceTypes.
const (
	OnDemand    InferenceTypes = 1 << iota // by its bare id
	Provisioned                            // through purchased throughput
	ViaProfile                             // through a cross-region inference profile
)

// Has reports whether every member of want is in t.
func (t InferenceTypes) Has(want InferenceTypes) bool { return t&want == want }

// Strings spells the set as ListFoundationModels does: ON_DEMAND, PROVISIONED, INFERENCE_PROFILE.
func (t InferenceTypes) Strings() []string {
	var out []string
	for _, n := range inferenceTypeNames {
		if t.Has(n.bit) {
			out = append(out, n.text)
		}
	}
	return out
}

var inferenceTypeNames = [...]struct {
	bit  InferenceTypes
	text string
}{{OnDemand, "ON_DEMAND"}, {Provisioned, "PROVISIONED"}, {ViaProfile, "INFERENCE_PROFILE"}}

// Availability is how one region offers, or offered, a model.
type Availability struct {
	Now  InferenceTypes // as the region's list said on the model's AsOf
	Ever InferenceTypes // Now, and what has been withdrawn since

	// The last day the withdrawn types were seen; zero for a type that is still offered.
	OnDemandUntil, ViaProfileUntil time.Time
}

// Status is where a model stands in its life.
type Status uint8

// The statuses in order of life.
const (
	Active Status = iota
	Legacy
	EndOfLife
)

// Lifecycle is a model's life as published. Dates are midnight UTC, zero when none was published.
type Lifecycle struct {
	Listed    Status    // what the API said on ListedOn
	ListedOn  time.Time // zero when the status comes from documentation
	Launch    string    // as the model card words it: "May 28, 2026", "Mar 2025"
	Legacy    time.Time
	EndOfLife time.Time
	Effective Status // Listed with the published dates up to October 2026 applied
	Note      string
}

// At is the status on a day. A published date decides where there is one, else what was listed.
func (l Lifecycle) At(day time.Time) Status {
	switch {
	case l.Legacy.IsZero() && l.EndOfLife.IsZero():
		return l.Effective
	case !l.EndOfLife.IsZero() && !day.Before(l.EndOfLife):
		return EndOfLife
	case l.Legacy.IsZero():
		return l.Listed
	case day.Before(l.Legacy):
		return Active
	}
	return Legacy
}

// Model is a foundation model.
type Model struct {
	ID       string // "anthropic.claude-3-5-sonnet-20241022-v2:0"
	Name     string // "Claude 3.5 Sonnet v2"
	Provider string // "Anthropic"
	Family   string // "claude": models of one family share their body format

	Input, Output  []Modality
	Streaming      bool
	Customizations []string // FINE_TUNING, CONTINUED_PRE_TRAINING

	Regions   map[arn.Region]Availability
	Lifecycle Lifecycle

	ContextWindow int // tokens; 0 when unknown
	MaxOutput     int // tokens; 0 when unknown
	LimitsNote    string
	Burndown      int // quota tokens one output token counts for; 1 unless the model is special

	APIs     APIs
	Features Features
	Tiers    []string // service tiers: default, priority, flex, reserved, ultrafast

	// VariantOf is the model this one is a provisioned-throughput form of, such as the one ending in ":200k"; such a
	// form is never on demand. Variants are the forms of this model.
	VariantOf string
	Variants  []string

	Mantle *Mantle // availability on the bedrock-mantle endpoint; nil when there is none
	Note   string

	Provenance
}

// IsEmbedding reports whether the model answers with vectors.
func (m *Model) IsEmbedding() bool {
	return len(m.Output) > 0 && m.Output[0] == Embedding
}

// Accepts reports whether the model reads the modality.
func (m *Model) Accepts(want Modality) bool {
	for _, in := range m.Input {
		if in == want {
			return true
		}
	}
	return false
}

// APIs are the operations a model answers to.
type APIs struct {
	Invoke, InvokeStream, Converse, ConverseStream bool
	Async, Bidirectional                           bool
	Responses, ChatCompletions                     bool
	Card                                           []string // as the model card lists them
	Note                                           string
}

// Features are what a model can do in a conversation, and the shape of its vectors.
type Features struct {
	System, Documents, Vision, Tools, StreamingTools, Guardrails, Reasoning bool

	ImageGeneration, Rerank bool

	Dimensions       []int // sizes of vectors an embedding model offers
	DefaultDimension int

	Cache *PromptCache // nil when the model caches no prompts

	Basis string // where the conversation flags come from; empty when there are none
	Doubt string
}

// PromptCache is what a model takes as cache points.
type PromptCache struct {
	MinTokens, MaxPoints int
	TTL                  []string // "5m", "1h"
	Fields               []string // system, messages, tools
	Note                 string
}

// Mantle is a model's availability on the bedrock-mantle endpoint.
type Mantle struct {
	Regions []arn.Region
	APIs    []string // completions, responses, messages
}
