// Package config reads the one file that tells Outcrop how to run, and finds everything wrong with it at once.
//
// Four verbs, in this order: the file is decoded strictly (package strict), filled, checked, and built
// into what the other packages want. No file at all is a good configuration: see Default.
package config

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/quota"
)

// Config is the whole file. A flag of the command line wins over it, and it wins over Default.
type Config struct {
	// Listen is host:port; port 0 takes a free one.
	Listen string `yaml:"listen"`
	// Data is the directory of everything that survives a restart.
	Data string `yaml:"data"`
	// Region is the one clients are told to use, and where calls come from whose credential names none.
	Region arn.Region `yaml:"region"`

	Sealing        Sealing        `yaml:"sealing"`
	OIDCIssuers    []OIDCIssuer   `yaml:"oidc-issuers"`
	Log            Log            `yaml:"log"`
	Limits         Limits         `yaml:"limits"`
	Catalog        Catalog        `yaml:"catalog"`
	Providers      []Provider     `yaml:"providers"`
	Deployments    []Deployment   `yaml:"deployments"`
	Routing        Routing        `yaml:"routing"`
	Simulator      Simulator      `yaml:"simulator"`
	Quotas         quota.Policy   `yaml:"quotas"`
	Prices         Prices         `yaml:"prices"`
	Metering       Metering       `yaml:"metering"`
	CostExplorer   CostExplorer   `yaml:"cost-explorer"`
	Tracing        Tracing        `yaml:"tracing"`
	Metrics        Metrics        `yaml:"metrics"`
	InvocationLogs InvocationLogs `yaml:"invocation-logs"`
	Audit          Audit          `yaml:"audit"`
	Authorization  Authorization  `yaml:"authorization"`
	Budgets        Budgets        `yaml:"budgets"`
	Notifications  Notifications  `yaml:"notifications"`
}

// Log says what is logged to standard error, and how.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// Limits bound what one client can cost.
type Limits struct {
	Body               Size          `yaml:"body"`           // largest request body; AWS's own is 25 MB
	HeaderTimeout      time.Duration `yaml:"header-timeout"` // to receive a request's headers
	BodyTimeout        time.Duration `yaml:"body-timeout"`   // to receive a request's body
	WriteTimeout       time.Duration `yaml:"write-timeout"`  // for one write that the client does not take
	DrainTimeout       time.Duration `yaml:"drain-timeout"`  // for calls in progress when the server is told to stop
	ProfilesPerAccount int           `yaml:"profiles-per-account"`
}

// Deployment is one model, or every model a glob matches, served in some regions by one provider.
type Deployment struct {
	Model         string       `yaml:"model"`          // foundation model id, or a glob with *
	Regions       []arn.Region `yaml:"regions"`        // empty: every region where the model is offered
	Provider      string       `yaml:"provider"`       // a provider's name, or "simulator"
	UpstreamModel string       `yaml:"upstream-model"` // empty: the model's id
	Concurrency   int          `yaml:"concurrency"`    // calls at once in each region; 0: no bound

	// What the upstream's account allows, in each region; 0: no bound.
	RequestsPerMinute int64 `yaml:"requests-per-minute"`
	TokensPerMinute   int64 `yaml:"tokens-per-minute"`
	// TokensPerSecond is how fast the deployment makes output; 0: unknown.
	TokensPerSecond int64 `yaml:"tokens-per-second"`
	// FirstContent is how long a stream may take to begin; 0: no bound but the provider's. Left out: routing.first-content.
	FirstContent time.Duration `yaml:"first-content"`
	// Price of a million tokens in USD, to compare deployments by; 0: the model's list price.
	Price float64 `yaml:"price"`
}
