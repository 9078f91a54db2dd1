package config

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/server"
)

// Tracing says where spans of calls go.
type Tracing struct {
	Endpoint    string  `yaml:"endpoint"` // of an OTLP collector, over HTTP; empty: nothing is traced
	ServiceName string  `yaml:"service-name"`
	Sample      float64 `yaml:"sample"` // the share of calls traced, 0 to 1; a caller that traces decides for its own
}

// Metrics says how fine metrics are.
type Metrics struct {
	// ProfileLabel gives the GenAI metrics a label with the application profile.
	ProfileLabel bool `yaml:"profile-label"`
	// MaxProfiles bounds the values of that label.
	MaxProfiles int `yaml:"max-profiles"`
}

const (
	defaultService = "outcrop"
	maxLabels      = 100_000
)

func (k checker) telemetry(c *Config) {
	if err := checkCollector(c.Tracing.Endpoint); err != nil {
		k.Fault("tracing.endpoint", "%v", err)
	}
	if c.Tracing.ServiceName == "" {
		k.Fault("tracing.service-name", "name the service, such as %s", defaultService)
	}
	if s := c.Tracing.Sample; !(s >= 0 && s <= 1) {
		k.Fault("tracing.sample", "want 0 to 1, found %v", s)
	}
	k.within("metrics.max-profiles", c.Metrics.MaxProfiles, 1, maxLabels)
	k.invocationLogs(&c.InvocationLogs)
}

// checkCollector says what is wrong with the address of a collector. None at all is good.
func checkCollector(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("want the address of an OTLP collector over HTTP, such as http://127.0.0.1:4318, found " + endpoint)
	}
	return nil
}

// Under lays the configuration over the variables of OpenTelemetry's own: what a file leaves open, they decide.
func (t Tracing) Under(env strict.Lookup) (Tracing, error) {
	if off, _ := env("OTEL_SDK_DISABLED"); off == "true" {
		t.Endpoint = ""
		return t, nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		endpoint, set := env(name)
		if !set || t.Endpoint != "" {
			continue
		}
		if err := checkCollector(endpoint); err != nil {
			return t, fmt.Errorf("%s: %w", name, err)
		}
		t.Endpoint = endpoint
	}
	if name, _ := env("OTEL_SERVICE_NAME"); name != "" && t.ServiceName == defaultService {
		t.ServiceName = name
	}
	return t, nil
}

// Options are what metrics are made with.
func (m Metrics) Options() server.MetricsOptions {
	if !m.ProfileLabel {
		return server.MetricsOptions{}
	}
	return server.MetricsOptions{Profiles: m.MaxProfiles}
}
