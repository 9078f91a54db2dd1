package bedrockruntime

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/profile"
)

func TestHeadersOfInvokeModelAreSaidOfTheConversation(t *testing.T) {
	r := &chat.Request{Tier: "priority"}
	err := headers(&chat.InvokeOptions{
		Tier: "flex", Latency: "optimized", GuardrailID: "g", GuardrailVersion: "1", Trace: "ENABLED", RequestMetadata: `{"team":"blue"}`,
	}, r)
	if err != nil {
		t.Fatal(err)
	}
	want := &chat.Request{
		Tier: "flex", Latency: "optimized", Guardrail: &chat.Guardrail{ID: "g", Version: "1", Trace: "ENABLED"},
		Metadata: map[string]string{"team": "blue"},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	r = &chat.Request{Tier: "priority", Metadata: map[string]string{"a": "b"}}
	if err := errors.Join(headers(&chat.InvokeOptions{}, r), headers(nil, r)); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(&chat.Request{Tier: "priority", Metadata: map[string]string{"a": "b"}}, r); diff != "" {
		t.Errorf("without headers: %s", diff)
	}
}

func TestHeadersThatMeanNothingAreRefused(t *testing.T) {
	for name, in := range map[string]chat.InvokeOptions{
		"a guardrail without its version": {GuardrailID: "g"},
		"metadata that is no JSON":        {RequestMetadata: "team=blue"},
		"metadata that is a list":         {RequestMetadata: `["a"]`},
		"metadata of numbers":             {RequestMetadata: `{"a":1}`},
		"empty metadata":                  {RequestMetadata: `{}`},
		"an empty key":                    {RequestMetadata: `{"":"a"}`},
		"a long value":                    {RequestMetadata: `{"a":"` + strings.Repeat("x", 257) + `"}`},
		"letters beyond the class":        {RequestMetadata: `{"a":"é"}`},
		"seventeen entries":               {RequestMetadata: `{"` + strings.Join(strings.Split("abcdefghijklmnopq", ""), `":"","`) + `":""}`},
	} {
		t.Run(name, func(t *testing.T) {
			if err := headers(&in, new(chat.Request)); !fault.Is(err, fault.Validation) {
				t.Errorf("got %v, want a ValidationException", err)
			}
		})
	}
	full := &chat.InvokeOptions{RequestMetadata: `{"` + strings.Join(strings.Split("abcdefghijklmnop", ""), `":"a b:_@$#=/+,-.9","`) + `":""}`}
	if err := headers(full, new(chat.Request)); err != nil {
		t.Error(err)
	}
}

func TestANativeBodyMayNotAskForMoreThanItsModelGives(t *testing.T) {
	m := &catalog.Model{ID: "anthropic.claude-3-haiku-20240307-v1:0", Family: "claude", Output: []catalog.Modality{catalog.Text}, MaxOutput: 4096}
	body := `{"anthropic_version":"bedrock-2023-05-31","max_tokens":4097,"messages":[{"role":"user","content":"hi"}]}`
	_, err := New(nil).parseNative(&chat.Native{Body: []byte(body)}, false)(&profile.Target{Model: m})
	if !fault.Is(err, fault.Validation) || !strings.Contains(err.Error(), "exceeds the model limit of 4096") {
		t.Errorf("%v", err)
	}
}
