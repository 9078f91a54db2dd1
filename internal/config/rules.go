package config

import (
	"errors"
	"fmt"

	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/provider/simulator"
)

// ruleFile is the whole of a file of rules, which simulator.rules-file names.
type ruleFile struct {
	Rules []simulator.Rule `yaml:"rules"`
}

// LoadRules reads and checks a file of rules. A bad file is a *strict.Error with every fault; whether
// its regions and models exist is for Load to say, which knows the catalog.
func LoadRules(path string, env strict.Lookup) ([]simulator.Rule, error) {
	rules, doc, err := readRules(path, env)
	if err != nil {
		return nil, fmt.Errorf("cannot read the simulator's rules: %w", err)
	}
	checker{doc}.rules("", rules)
	return rules, doc.Err()
}

func readRules(path string, env strict.Lookup) ([]simulator.Rule, *strict.Document, error) {
	src, err := read(path)
	if err != nil {
		return nil, nil, err
	}
	var f ruleFile
	doc := strict.Decode(path, src, &f, env)
	return f.Rules, doc, nil
}

// script checks the rules of the simulator, and reads them where they have a file of their own. It
// returns the faults of that file; those of this one are in doc.
func (c *Config) script(doc *strict.Document, dir string, env strict.Lookup, n names) error {
	s := &c.Simulator
	if s.RulesFile == "" {
		k := checker{doc}
		k.rules("simulator.", s.Rules)
		k.ruleReferences("simulator.", s.Rules, n)
		return nil
	}
	if len(s.Rules) > 0 {
		doc.Fault("simulator.rules-file", "the rules stand in this file or in one of their own, not in both; leave one of them out")
		return nil
	}
	s.RulesFile = below(dir, s.RulesFile)
	rules, own, err := readRules(s.RulesFile, env)
	if err != nil {
		doc.Fault("simulator.rules-file", "cannot read the rules: %v", err)
		return nil
	}
	k := checker{own}
	k.rules("", rules)
	k.ruleReferences("", rules, n)
	s.Rules = rules
	return own.Err()
}

// rules reports every fault that the simulator finds in its rules.
func (k checker) rules(prefix string, rules []simulator.Rule) {
	simulator.CheckRules(rules, func(path, message string) { k.Fault(prefix+path, "%s", message) })
}

// ruleReferences reports every region and model that a rule names and that does not exist.
func (k checker) ruleReferences(prefix string, rules []simulator.Rule, n names) {
	for i, r := range rules {
		k.exists(fmt.Sprintf("%srules[%d].when", prefix, i), Where{Region: r.When.Region, Model: r.When.Model}, n)
	}
}

// together is all faults of two files, those of the first before those of the second.
func together(first, second error) error {
	var a, b *strict.Error
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	case errors.As(first, &a) && errors.As(second, &b):
		return &strict.Error{Faults: append(a.Faults, b.Faults...)}
	}
	return errors.Join(first, second)
}
