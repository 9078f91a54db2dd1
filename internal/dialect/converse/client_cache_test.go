package converse_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/converse"
)

// Clients of other APIs mark every request; only the marks that the family takes go out.
func TestCachePointsThatAFamilyTakes(t *testing.T) {
	point := chat.Block{Kind: chat.CachePointBlock, CachePoint: &chat.CachePoint{TTL: "1h"}}
	ask := func() *chat.Request {
		return &chat.Request{
			System:   []chat.Block{chat.Text("Be brief."), point},
			Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("Hello"), point}}},
			Tools: &chat.ToolConfig{Tools: []chat.Tool{
				{Name: "f", Schema: []byte(`{"type":"object"}`)},
				{CachePoint: &chat.CachePoint{TTL: "5m"}},
			}},
		}
	}
	const hour, plain, tool = `{"cachePoint":{"type":"default","ttl":"1h"}}`, `{"cachePoint":{"type":"default"}}`, `{"cachePoint":{"type":"default","ttl":"5m"}}`
	for model, want := range map[string]map[string]int{
		claude:                            {hour: 2, tool: 1, "cachePoint": 3},
		"amazon.nova-lite-v1:0":           {plain: 2, "cachePoint": 2},
		"nvidia.nemotron-super-3-120b":    {"cachePoint": 0},
		"meta.llama3-1-70b-instruct-v1:0": {"cachePoint": 0},
	} {
		t.Run(model, func(t *testing.T) {
			given := ask()
			body, err := converse.EncodeRequest(model, given, false)
			if err != nil {
				t.Fatal(err)
			}
			for part, n := range want {
				if got := strings.Count(string(body), part); got != n {
					t.Errorf("%d times %s, want %d: %s", got, part, n, body)
				}
			}
			for _, part := range []string{`"Be brief."`, `"Hello"`, `"name":"f"`} {
				if !strings.Contains(string(body), part) {
					t.Errorf("%s is missing: %s", part, body)
				}
			}
			if diff := cmp.Diff(ask(), given); diff != "" {
				t.Errorf("the caller's request has changed: %s", diff)
			}
		})
	}
}
