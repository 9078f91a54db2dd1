package bedrockruntime

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
)

func TestHeadersOfInvokeModelAreSaidOfTheConversation(t *testing.T) {
	r := &chat.Request{Tier: "priority"}
	headers(&chat.InvokeOptions{
		Tier: "flex", Latency: "optimized", GuardrailID: "g", GuardrailVersion: "1", Trace: "ENABLED", RequestMetadata: `{"team":"blue"}`,
	}, r)
	want := &chat.Request{
		Tier: "flex", Latency: "optimized", Guardrail: &chat.Guardrail{ID: "g", Version: "1", Trace: "ENABLED"},
		Metadata: map[string]string{"team": "blue"},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	r = &chat.Request{Tier: "priority", Metadata: map[string]string{"a": "b"}}
	headers(&chat.InvokeOptions{}, r)
	headers(nil, r)
	if diff := cmp.Diff(&chat.Request{Tier: "priority", Metadata: map[string]string{"a": "b"}}, r); diff != "" {
		t.Errorf("without headers: %s", diff)
	}
}
