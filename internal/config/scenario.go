package config

import (
	"fmt"
	"path/filepath"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/simulate"
)

// Scenario is a file for outcrop simulate: a configuration, and the world that it is tried in.
type Scenario struct {
	Config
	Simulate simulate.World `yaml:"simulate"`
}

// DefaultScenario is the scenario without a file: the default configuration in the default world.
func DefaultScenario() *Scenario {
	s := &Scenario{Config: *Default(), Simulate: simulate.DefaultWorld()}
	s.Simulate.Calls.Generate = simulate.DefaultCalls()
	return s
}

// LoadScenario reads and checks a scenario, which may be laid over a configuration of its own: what stands in the
// scenario wins, key by key, and lists as a whole. Both paths may be empty. A bad file is a *strict.Error with every
// fault.
func LoadScenario(path, under string, env strict.Lookup) (*Scenario, error) {
	s := DefaultScenario()
	if under != "" {
		c, err := Load(under, env)
		if err != nil {
			return nil, err
		}
		s.Config = *c
	}
	if path == "" {
		return s, nil
	}
	src, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the scenario: %w", err)
	}
	return s, s.parse(path, src, env)
}

// parse lays a file over what the scenario has.
func (s *Scenario) parse(path string, src []byte, env strict.Lookup) error {
	s.Simulate.Calls.Generate = nil
	doc := strict.Decode(path, src, s, env)
	dir := filepath.Dir(path)
	w := &s.Simulate
	switch {
	case w.Calls.File != "":
		w.Calls.File = below(dir, w.Calls.File)
	case w.Calls.Generate == nil:
		w.Calls.Generate = simulate.DefaultCalls()
	}
	known, inRules := s.complete(doc, dir, env)
	w.Check(func(path, message string) { doc.Fault("simulate."+path, "%s", message) })
	if known.facts != nil {
		s.callable(doc, known.facts)
	}
	return together(doc.Err(), inRules)
}

// callable reports regions that nothing is called from.
func (s *Scenario) callable(doc *strict.Document, facts *catalog.Catalog) {
	if _, ok := facts.Region(s.Simulate.Source); !ok {
		doc.Fault("simulate.source", "no region is named %q", string(s.Simulate.Source))
	}
}
