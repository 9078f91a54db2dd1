package catalog

import (
	"fmt"
	"maps"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
)

const (
	maxModelID   = 140 // of bedrock's BedrockModelId
	maxProfileID = 64  // of bedrock's InferenceProfileId

	idRule = "use letters, digits, and . : - with a dot that parts a prefix from the rest, at most %d characters"
)

func (a *applier) model(path string, o *OverlayModel) {
	if !a.once(path, "model", o.ID, idForm(o.ID, maxModelID), fmt.Sprintf(idRule, maxModelID)) {
		return
	}
	if a.profiles[o.ID] != nil {
		a.fault(path+".id", "%s is the id of a profile", o.ID)
		return
	}
	m := newModel(o.ID)
	if known := a.models[o.ID]; known != nil && !o.Replace {
		*m = *known
		m.Regions = maps.Clone(known.Regions)
	}
	m.Name, m.Provider, m.Family = orElse(o.Name, m.Name), orElse(o.Provider, m.Provider), orElse(o.Family, m.Family)
	a.shape(path, o, m)
	if m.VariantOf != "" && len(o.Regions) > 0 {
		a.fault(path+".regions", "%s is a form of %s that only provisioned throughput serves", o.ID, m.VariantOf)
	}
	for i, r := range o.Regions {
		if a.regions[r] == nil {
			a.fault(fmt.Sprintf("%s.regions[%d]", path, i), "region %s is not known; add it under regions", r)
			continue
		}
		at := m.Regions[r]
		at.Now |= OnDemand
		at.Ever |= OnDemand
		m.Regions[r] = at
	}
	a.models[o.ID] = m
}

// newModel is what an overlay's model is before its fields are read: text in, text out, streamed, through Converse.
func newModel(id string) *Model {
	words := strings.SplitN(id, ".", 3)
	return &Model{
		ID: id, Name: id, Provider: words[0], Family: words[1],
		Input: []Modality{Text}, Output: []Modality{Text}, Streaming: true, Burndown: 1,
		Regions:    map[arn.Region]Availability{},
		APIs:       APIs{Invoke: true, InvokeStream: true, Converse: true, ConverseStream: true},
		Features:   Features{System: true, Tools: true, StreamingTools: true},
		Provenance: operators,
	}
}

// shape takes over what the model reads, writes and holds.
func (a *applier) shape(path string, o *OverlayModel, m *Model) {
	for i, mod := range append(append([]Modality{}, o.Input...), o.Output...) {
		key, n := "input", i
		if i >= len(o.Input) {
			key, n = "output", i-len(o.Input)
		}
		if !knownModality(mod) {
			a.fault(fmt.Sprintf("%s.%s[%d]", path, key, n), "%q is none of TEXT, IMAGE, VIDEO, SPEECH, AUDIO, EMBEDDING", mod)
		}
	}
	if len(o.Input) > 0 {
		m.Input = o.Input
	}
	if len(o.Output) > 0 {
		m.Output = o.Output
	}
	if o.Streaming != nil {
		m.Streaming = *o.Streaming
	}
	for _, n := range []struct {
		key  string
		from int
		to   *int
	}{{"context-window", o.ContextWindow, &m.ContextWindow}, {"max-output", o.MaxOutput, &m.MaxOutput}, {"burndown", o.Burndown, &m.Burndown}} {
		if n.from < 0 {
			a.fault(path+"."+n.key, "%d is negative", n.from)
		} else if n.from > 0 {
			*n.to = n.from
		}
	}
}

func knownModality(m Modality) bool {
	switch m {
	case Text, Image, Embedding, "VIDEO", "SPEECH", "AUDIO":
		return true
	}
	return false
}
