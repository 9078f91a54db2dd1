package server

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
)

// settledRecord is a streamed call through an application profile over a cross-region one.
func settledRecord(app string) *gateway.Record {
	return &gateway.Record{
		Operation: "ConverseStream", Source: "us-east-1", Region: "us-west-2",
		Target: &profile.Target{
			Model: &catalog.Model{ID: "m"}, System: &catalog.Profile{ID: "us.m"}, Application: &profile.Application{ID: app},
		},
		Usage:   chat.Usage{Input: 10, CacheRead: 50, CacheWrite5m: 3, Output: 11},
		Latency: 3 * time.Second, FirstContent: time.Second,
	}
}

// scrape reads the page as Prometheus does.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

func TestGenAIMetrics(t *testing.T) {
	m := NewMetrics("test", MetricsOptions{})
	m.settled(settledRecord("abc"))
	broken := settledRecord("def")
	broken.Failure = fault.New(fault.ModelStreamError, "no")
	m.settled(broken)
	m.settled(&gateway.Record{Operation: "Converse", Source: "us-east-1", Failure: fault.New(fault.Validation, "no")})
	for _, line := range []string{
		`gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_provider_name="aws.bedrock",gen_ai_request_model="us.m",gen_ai_response_model="m",gen_ai_token_type="input"} 126`,
		`gen_ai_client_token_usage_count{gen_ai_operation_name="chat",gen_ai_provider_name="aws.bedrock",gen_ai_request_model="us.m",gen_ai_response_model="m",gen_ai_token_type="output"} 2`,
		`gen_ai_server_request_duration_seconds_sum{error_type="",gen_ai_operation_name="chat",gen_ai_provider_name="aws.bedrock",gen_ai_request_model="us.m",gen_ai_response_model="m"} 3`,
		`gen_ai_server_request_duration_seconds_sum{error_type="ModelStreamErrorException",gen_ai_operation_name="chat",gen_ai_provider_name="aws.bedrock",gen_ai_request_model="us.m",gen_ai_response_model="m"} 3`,
		`gen_ai_server_time_to_first_token_seconds_sum{gen_ai_operation_name="chat",gen_ai_provider_name="aws.bedrock",gen_ai_request_model="us.m",gen_ai_response_model="m"} 2`,
		`gen_ai_server_time_per_output_token_seconds_sum{gen_ai_operation_name="chat",gen_ai_provider_name="aws.bedrock",gen_ai_request_model="us.m",gen_ai_response_model="m"} 0.4`,
		`outcrop_calls_total{model="",operation="Converse",outcome="validation",region="",source="us-east-1"} 1`,
		`outcrop_tokens_total{class="cache_write",model="m",region="us-west-2"} 6`,
	} {
		if page := scrape(t, m); !strings.Contains(page, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

func TestProfileLabelIsBounded(t *testing.T) {
	m := NewMetrics("test", MetricsOptions{Profiles: 2})
	for i := range 5 {
		for range 2 {
			m.settled(settledRecord(fmt.Sprint("app", i)))
		}
	}
	page := scrape(t, m)
	for label, want := range map[string]bool{"app0": true, "app1": true, "app2": false, "other": true} {
		if strings.Contains(page, `outcrop_profile="`+label+`"`) != want {
			t.Errorf("label %s: want %v", label, want)
		}
	}
	const others = `gen_ai_server_time_to_first_token_seconds_count{gen_ai_operation_name="chat",gen_ai_provider_name="aws.bedrock",gen_ai_request_model="us.m",gen_ai_response_model="m",outcrop_profile="other"} 6`
	if !strings.Contains(page, others) {
		t.Errorf("no line %s", others)
	}
}

func BenchmarkSettled(b *testing.B) {
	for name, o := range map[string]MetricsOptions{"default": {}, "profiles": {Profiles: 100}} {
		b.Run(name, func(b *testing.B) {
			m := NewMetrics("bench", o)
			r := settledRecord("abc")
			b.ReportAllocs()
			for b.Loop() {
				m.settled(r)
			}
		})
	}
}
