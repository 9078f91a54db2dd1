package catalog

import "github.com/outcrop/outcrop/internal/arn"

// Overlay is what an operator adds to the embedded facts or puts in their place.
//
// An entry with an id that is already known changes that entry: fields it sets replace what was known, fields it
// leaves out stay, and its regions and routes are added. With replace it starts from nothing.
type Overlay struct {
	Regions  []OverlayRegion  `yaml:"regions"`
	Models   []OverlayModel   `yaml:"models"`
	Profiles []OverlayProfile `yaml:"profiles"`
}

// OverlayRegion is a region of the operator's own, or a change to a known one.
type OverlayRegion struct {
	ID        arn.Region    `yaml:"id"`        // "site-a"
	Name      string        `yaml:"name"`      // default: the id
	Partition arn.Partition `yaml:"partition"` // default: aws
	Geography string        `yaml:"geography"`
	Latitude  *float64      `yaml:"latitude"` // degrees; without both, the region is farther than any other
	Longitude *float64      `yaml:"longitude"`
	Replace   bool          `yaml:"replace"`
}

// OverlayModel is a model of the operator's own, or a change to a known one. Only the id is needed: a new model reads
// and writes text, streams, and is called on demand in its regions.
type OverlayModel struct {
	ID            string       `yaml:"id"`       // "house.llama-3-3-70b"
	Name          string       `yaml:"name"`     // default: the id
	Provider      string       `yaml:"provider"` // default: the id up to its first dot
	Family        string       `yaml:"family"`   // default: the id's second word
	Regions       []arn.Region `yaml:"regions"`  // where the bare id can be called
	Input         []Modality   `yaml:"input"`
	Output        []Modality   `yaml:"output"`
	Streaming     *bool        `yaml:"streaming"`
	ContextWindow int          `yaml:"context-window"`
	MaxOutput     int          `yaml:"max-output"`
	Burndown      int          `yaml:"burndown"`
	Replace       bool         `yaml:"replace"`
}

// OverlayProfile is a cross-region profile of the operator's own, or a change to a known one.
type OverlayProfile struct {
	ID          string `yaml:"id"`          // "eu-dc.meta.llama3-3-70b-instruct-v1:0", "house.llama"
	Model       string `yaml:"model"`       // default: the id behind its first dot
	Name        string `yaml:"name"`        // default: the prefix and the model's name
	Description string `yaml:"description"` // default: the model and the destinations, as AWS words it

	// Regions is the short form: from each of them a call may run in all of them.
	Regions []arn.Region `yaml:"regions"`
	// Routes names the destinations of each source region. It wins over Regions.
	Routes  map[arn.Region][]arn.Region `yaml:"routes"`
	Replace bool                        `yaml:"replace"`
}
