package config

import (
	"strings"
	"testing"
	"time"
)

func TestTelemetry(t *testing.T) {
	const file = `
tracing: {endpoint: "https://collector:4318/otlp", service-name: gateway, sample: 0.25}
metrics: {profile-label: true, max-profiles: 7}
invocation-logs: {flush: 1s, queue: 1MiB, file-size: 2MiB, keep-files: 0}
`
	c, err := Parse("f.yaml", []byte(file), environment)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Tracing{Endpoint: "https://collector:4318/otlp", ServiceName: "gateway", Sample: 0.25}); c.Tracing != want {
		t.Errorf("got %+v, want %+v", c.Tracing, want)
	}
	if want := (Metrics{ProfileLabel: true, MaxProfiles: 7}); c.Metrics != want {
		t.Errorf("got %+v, want %+v", c.Metrics, want)
	}
	if o := c.InvocationLogs.Options(); o.Flush != time.Second || o.Queue != 1<<20 || o.FileSize != 2<<20 || o.KeepFiles != 0 {
		t.Errorf("got %+v", o)
	}
	for src, want := range map[string]string{
		`tracing: {endpoint: "collector:4318"}`: `tracing.endpoint: want the address of an OTLP collector`,
		`tracing: {endpoint: "grpc://x:4317"}`:  `tracing.endpoint: want the address of an OTLP collector`,
		`tracing: {service-name: ""}`:           `tracing.service-name`,
		`tracing: {sample: 1.5}`:                `tracing.sample: want 0 to 1, found 1.5`,
		`tracing: {sample: .nan}`:               `tracing.sample`,
		`metrics: {max-profiles: 0}`:            `metrics.max-profiles: want 1 to 100000, found 0`,
		`invocation-logs: {flush: 1ms}`:         `invocation-logs.flush: want 100ms to 1h, found 1ms`,
		`invocation-logs: {queue: 1B}`:          `invocation-logs.queue: want 1MiB to`,
		`invocation-logs: {file-size: 1B}`:      `invocation-logs.file-size: want 1MiB to`,
		`invocation-logs: {keep-files: -1}`:     `invocation-logs.keep-files: want 0 to 1000000, found -1`,
	} {
		if _, err := Parse("f.yaml", []byte(src), environment); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", src, err, want)
		}
	}
}

func TestTracingFollowsTheEnvironment(t *testing.T) {
	lookup := func(vars ...string) func(string) (string, bool) {
		return func(name string) (string, bool) {
			for i := 0; i < len(vars); i += 2 {
				if vars[i] == name {
					return vars[i+1], true
				}
			}
			return "", false
		}
	}
	own := Tracing{Endpoint: "http://own:1", ServiceName: "own", Sample: 1}
	for name, tt := range map[string]struct {
		file Tracing
		env  func(string) (string, bool)
		want Tracing
	}{
		"nothing":               {Default().Tracing, lookup(), Default().Tracing},
		"the environment":       {Default().Tracing, lookup("OTEL_EXPORTER_OTLP_ENDPOINT", "http://e:1", "OTEL_SERVICE_NAME", "s"), Tracing{"http://e:1", "s", 1}},
		"the file wins":         {own, lookup("OTEL_EXPORTER_OTLP_ENDPOINT", "http://e:1", "OTEL_SERVICE_NAME", "s"), own},
		"disabled":              {own, lookup("OTEL_SDK_DISABLED", "true"), Tracing{"", "own", 1}},
		"one of its own traces": {Default().Tracing, lookup("OTEL_EXPORTER_OTLP_ENDPOINT", "http://e:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t:1/v1/traces"), Tracing{"http://t:1/v1/traces", "outcrop", 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tt.file.Under(tt.env)
			if err != nil || got != tt.want {
				t.Errorf("got %+v (%v), want %+v", got, err, tt.want)
			}
		})
	}
	if _, err := Default().Tracing.Under(lookup("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere")); err == nil || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_ENDPOINT") {
		t.Errorf("got %v", err)
	}
}
