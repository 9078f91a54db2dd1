package bedrockruntime_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/service/bedrockruntime"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// unread are the text models that InvokeModel does not serve, and why.
var unread = map[string]string{
	"gpt":        "AWS offers them by other operations only",
	"grok":       "AWS offers them by other operations only",
	"jurassic":   "the family has ended",
	"twelvelabs": "they read videos",
	"nova":       "speech models speak in both directions at once",
}

func TestEveryTextModelHasABody(t *testing.T) {
	c, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range c.Models() {
		if !slices.Contains(m.Output, catalog.Text) {
			continue
		}
		_, err := bedrockruntime.CodecOf(m)
		switch {
		case err == nil:
		case unread[m.Family] == "":
			t.Errorf("%s has no body: %v", m.ID, err)
		case !fault.Is(err, fault.Validation) || !strings.Contains(fault.Public(err).Message, m.ID):
			t.Errorf("%s is refused without its name: %v", m.ID, err)
		}
		if known := slices.ContainsFunc(bedrockruntime.Rows(), func(r [2]string) bool { return r[0] == m.Family }); !known {
			t.Errorf("%s: the table has no row for the family %s", m.ID, m.Family)
		}
	}
}

func TestEveryRowIsForSomeModel(t *testing.T) {
	c, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	rows := bedrockruntime.Rows()
	used := make([]bool, len(rows))
	for _, m := range c.Models() {
		i := slices.IndexFunc(rows, func(r [2]string) bool { return r[0] == m.Family && strings.HasPrefix(m.ID, r[1]) })
		if i >= 0 {
			used[i] = true
		}
	}
	for i, r := range rows {
		if !used[i] {
			t.Errorf("the row %v is for no model of the catalog", r)
		}
	}
}

func TestModelsWithoutABodyAreNamed(t *testing.T) {
	n := newNode(t)
	for id, want := range map[string]string{
		"stability.stable-image-core-v1:1": "it makes images or videos",
		"amazon.nova-canvas-v1:0":          "it makes images or videos",
		"twelvelabs.pegasus-1-2-v1:0":      "it reads videos and sounds",
		"ai21.j2-mid-v1":                   "the Jurassic family has ended",
	} {
		m, ok := n.snapshot.Catalog().Model(id)
		if !ok {
			t.Fatalf("%s is not in the catalog", id)
		}
		at, ok := n.placeOf(m)
		if !ok {
			t.Fatalf("%s cannot be called from anywhere", id)
		}
		for _, op := range []string{"invoke", "invoke-with-response-stream"} {
			rec := n.post(at, op, []byte(`{}`))
			if got := message(t, rec); rec.Code != 400 || !strings.Contains(got, want) || !strings.Contains(got, "Supported are") {
				t.Errorf("%s %s: %d %s", id, op, rec.Code, got)
			}
		}
	}
}

func TestConverseRefusesModelsOfOtherOperations(t *testing.T) {
	n := newNode(t)
	for _, id := range []string{"cohere.rerank-v3-5:0", "amazon.titan-embed-text-v2:0", "amazon.nova-canvas-v1:0", "ai21.j2-mid-v1"} {
		m, _ := n.snapshot.Catalog().Model(id)
		if inference.IsText(m) {
			t.Errorf("%s is held for a text model", id)
		}
		at, _ := n.placeOf(m)
		rec := n.post(at, "converse", []byte(`{"messages":[{"role":"user","content":[{"text":"x"}]}]}`))
		if got := message(t, rec); rec.Code != 400 || !strings.HasPrefix(got, "This action doesn't support the model that you provided.") {
			t.Errorf("%s: %d %s", id, rec.Code, got)
		}
	}
}

// What a model cannot do is refused in AWS's sentences.
func TestConverseRefusesWhatAModelCannotDo(t *testing.T) {
	n := newNode(t)
	const user = `{"role":"user","content":[{"text":"x"}]}`
	for _, c := range []struct{ model, op, body, want string }{
		{"meta.llama3-8b-instruct-v1:0", "converse", `{"messages":[` + user + `],"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]}}`, "This model doesn't support tool use."},
		{"mistral.mistral-large-2402-v1:0", "converse-stream", `{"messages":[` + user + `],"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]}}`, "This model doesn't support tool use in streaming mode."},
		{"amazon.titan-text-express-v1", "converse", `{"messages":[` + user + `],"system":[{"text":"y"}]}`, "This model doesn't support system messages. Try again without a system message or use a model that supports system messages."},
		{"amazon.nova-micro-v1:0", "converse", `{"messages":[{"role":"user","content":[{"text":"x"},{"image":{"format":"png","source":{"bytes":"aGk="}}}]}]}`, "This model doesn't support the image content block that you provided. Use a different content block or a model that supports it."},
		{"amazon.nova-micro-v1:0", "converse", `{"messages":[{"role":"user","content":[{"text":"x"},{"document":{"format":"txt","name":"n","source":{"bytes":"aGk="}}}]}]}`, "This model doesn't support the document content block that you provided. Use a different content block or a model that supports it."},
		{"mistral.mistral-7b-instruct-v0:2", "converse", `{"messages":[{"role":"user","content":[{"text":"x"},{"cachePoint":{"type":"default"}}]}]}`, "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information."},
		{"amazon.nova-micro-v1:0", "converse-stream", `{"messages":[` + user + `],"promptVariables":{"a":{"text":"b"}}}`, "The field promptVariables isn't supported: it fills in stored prompts of Prompt management, and this model identifier isn't one. Write the whole text in messages, remove promptVariables and try again."},
		{"amazon.titan-text-express-v1", "converse-stream", `{"messages":[` + user + `],"additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":1024}}}`, "This model doesn't support reasoning. Try again without a reasoning configuration or use a model that supports reasoning."},
		{"amazon.nova-micro-v1:0", "invoke", `{"messages":[{"role":"user","content":[{"text":"x"},{"image":{"format":"png","source":{"bytes":"aGk="}}}]}]}`, "This model doesn't support the image content block that you provided. Use a different content block or a model that supports it."},
	} {
		m, ok := n.snapshot.Catalog().Model(c.model)
		if !ok {
			t.Fatalf("%s is not in the catalog", c.model)
		}
		at, _ := n.placeOf(m)
		if rec := n.post(at, c.op, []byte(c.body)); rec.Code != 400 || message(t, rec) != c.want {
			t.Errorf("%s %s: %d %s\nwant %s", c.model, c.op, rec.Code, rec.Body, c.want)
		}
	}
}

func TestCacheHeaders(t *testing.T) {
	n := newNode(t)
	for model, body := range map[string]string{
		"amazon.nova-micro-v1:0":                 `{"messages":[{"role":"user","content":[{"text":"x"}]}]}`,
		"amazon.titan-text-express-v1":           `{"inputText":"x"}`,
		"anthropic.claude-3-haiku-20240307-v1:0": `{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"x"}]}`,
	} {
		m, _ := n.snapshot.Catalog().Model(model)
		at, _ := n.placeOf(m)
		rec := n.post(at, "invoke", []byte(body))
		got := rec.Header().Get("X-Amzn-Bedrock-Cache-Read-Input-Token-Count")
		if want := map[bool]string{true: "0"}[m.Family == "nova"]; rec.Code != 200 || got != want {
			t.Errorf("%s: %d, cache read %q, want %q", model, rec.Code, got, want)
		}
	}
}
