package converse_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/dialect/anthropic"
)

// A Converse request reaches an upstream that speaks Messages with all that both can say.
func TestConverseToMessages(t *testing.T) {
	s := &server{}
	message := s.post("converse", `{
	 "system": [{"text":"Be brief."},{"cachePoint":{"type":"default"}}],
	 "inferenceConfig": {"maxTokens":100,"stopSequences":["END"]},
	 "toolConfig": {"tools":[{"toolSpec":{"name":"look","inputSchema":{"json":{"type":"object"}}}}],"toolChoice":{"any":{}}},
	 "additionalModelRequestFields": {"thinking":{"type":"enabled","budget_tokens":2000},"top_k":7,"anthropic_beta":["b"]},
	 "messages": [
	  {"role":"user","content":[{"text":"Hello"},{"document":{"format":"pdf","name":"Notes","source":{"bytes":"JVBERg=="}}},{"cachePoint":{"type":"default","ttl":"1h"}}]},
	  {"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"sig"}}},{"toolUse":{"toolUseId":"t1","name":"look","input":{"at":"sky"}}}]},
	  {"role":"user","content":[{"toolResult":{"toolUseId":"t1","status":"error","content":[{"json":{"blue":true}}]}}]}]}`)
	if message != "" {
		t.Fatal(message)
	}
	body, err := anthropic.EncodeRequest(s.request, anthropic.Upstream{MaxTokens: 4096})
	if err != nil {
		t.Fatal(err)
	}
	want := jsontext.Value(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":100,
	 "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],
	 "messages":[
	  {"role":"user","content":[{"type":"text","text":"Hello"},
	   {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERg=="},"title":"Notes","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
	  {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"sig"},{"type":"tool_use","id":"t1","name":"look","input":{"at":"sky"}}]},
	  {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"{\"blue\":true}"}],"is_error":true}]}],
	 "top_k":7,"stop_sequences":["END"],
	 "tools":[{"name":"look","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"},
	 "thinking":{"type":"enabled","budget_tokens":2000},
	 "anthropic_beta":["b"]}`)
	if err := want.Compact(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(body)); diff != "" {
		t.Error(diff)
	}
}
