package config

import (
	"fmt"
	"time"

	"github.com/outcrop/outcrop/internal/provider/simulator"
)

// Simulator says when the built-in simulator serves, and how it behaves. Of the entries of a list the
// first that matches a region and model counts.
type Simulator struct {
	Enabled         Switch        `yaml:"enabled"`
	Seed            uint64        `yaml:"seed"`              // changes the prose of every answer
	FirstToken      time.Duration `yaml:"first-token"`       // to the first token of an answer
	TokensPerSecond float64       `yaml:"tokens-per-second"` // of each answer after that; 0: all at once

	Pace     []Pace     `yaml:"pace"`
	Capacity []Capacity `yaml:"capacity"`
	Failures []Failure  `yaml:"failures"`

	// Rules are a script of answers, or RulesFile is the file that has them under the key rules.
	Rules     []simulator.Rule `yaml:"rules"`
	RulesFile string           `yaml:"rules-file"`
}

// Where selects what an entry is for, by region and model: an id, a glob, or nothing for all.
type Where struct {
	Region string `yaml:"region"`
	Model  string `yaml:"model"`
}

// Pace is how fast answers are somewhere; what it leaves out is as everywhere.
type Pace struct {
	Where
	FirstToken      *time.Duration `yaml:"first-token"`
	TokensPerSecond *float64       `yaml:"tokens-per-second"`
}

// Capacity bounds each region and model that it matches. 0 is no bound.
type Capacity struct {
	Where
	Concurrency       int `yaml:"concurrency"`
	RequestsPerMinute int `yaml:"requests-per-minute"`
	TokensPerMinute   int `yaml:"tokens-per-minute"`
}

// Failure makes calls fail.
type Failure struct {
	Where
	Kind  string        `yaml:"kind"`  // one of simulator.FailureKinds
	Calls int           `yaml:"calls"` // how many calls, from the first; 0: all
	Share float64       `yaml:"share"` // which part of them, above 0 and at most 1; 0: every one
	Event int           `yaml:"event"` // the content event, from 1, in whose stead an answer fails; 0: before the answer
	Delay time.Duration `yaml:"delay"` // before the failure
}

// Switch turns the simulator on.
type Switch string

// Auto lets the simulator serve everything when the file has no deployments, and nothing when it has.
// On lets it serve what no deployment does.
const (
	Auto Switch = "auto"
	On   Switch = "true"
	Off  Switch = "false"
)

// UnmarshalText accepts the three.
func (s *Switch) UnmarshalText(b []byte) error {
	switch v := Switch(b); v {
	case Auto, On, Off:
		*s = v
		return nil
	}
	return fmt.Errorf("want auto, true or false, found %q", b)
}
