package bedrockruntime_test

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/dialect/dialecttest"
	"github.com/outcrop/outcrop/internal/service/bedrockruntime"
	"github.com/outcrop/outcrop/internal/service/inference"
)

var writeDocs = flag.Bool("write-docs", false, "write what the table of conformance is into docs/conformance.md")

// operation makes one kind of call and reads its answer. An error of its own says that the request cannot be written.
type operation struct {
	name, path string
	streamed   bool
	native     bool
	write      func(c dialect.Codec, m *catalog.Model, r *chat.Request) ([]byte, error)
	read       func(t *testing.T, c dialect.Codec, rec *httptest.ResponseRecorder) (*chat.Response, error)
}

func operations() []operation {
	invoke := func(c dialect.Codec, m *catalog.Model, r *chat.Request) ([]byte, error) {
		return c.EncodeRequest(m.ID, r)
	}
	return []operation{
		{"Converse", "converse", false, false, func(_ dialect.Codec, m *catalog.Model, r *chat.Request) ([]byte, error) {
			return converse.EncodeRequest(m.ID, claudeThinking(r), false)
		}, func(_ *testing.T, _ dialect.Codec, rec *httptest.ResponseRecorder) (*chat.Response, error) {
			return converse.DecodeResponse(rec.Body.Bytes())
		}},
		{"ConverseStream", "converse-stream", true, false, func(_ dialect.Codec, m *catalog.Model, r *chat.Request) ([]byte, error) {
			return converse.EncodeRequest(m.ID, claudeThinking(r), true)
		}, readConverseStream},
		{"InvokeModel", "invoke", false, true, invoke, func(t *testing.T, c dialect.Codec, rec *httptest.ResponseRecorder) (*chat.Response, error) {
			r, err := c.DecodeResponse(rec.Body.Bytes())
			if err == nil {
				holdHeaders(t, rec, r)
			}
			return r, err
		}},
		{"InvokeModelWithResponseStream", "invoke-with-response-stream", true, true, invoke, readInvokeStream},
	}
}

// claudeThinking says reasoning in the words that Converse takes for every model.
func claudeThinking(r *chat.Request) *chat.Request {
	if r.Thinking == nil {
		return r
	}
	out := *r
	out.Thinking, out.Extra = nil, []byte(fmt.Sprintf(`{"thinking":{"type":"enabled","budget_tokens":%d}}`, r.Thinking.Budget))
	return &out
}

// holdHeaders demands the counts in headers, and takes them where the body has none.
func holdHeaders(t *testing.T, rec *httptest.ResponseRecorder, r *chat.Response) {
	t.Helper()
	var in, out int64
	fmt.Sscan(rec.Header().Get("X-Amzn-Bedrock-Input-Token-Count"), &in)
	fmt.Sscan(rec.Header().Get("X-Amzn-Bedrock-Output-Token-Count"), &out)
	if in <= 0 || out <= 0 {
		t.Errorf("headers count %d in, %d out", in, out)
	}
	told := r.Usage
	if !told.Estimated && told.Output > 0 && (told.Input != in || told.Output != out) {
		t.Errorf("headers count %d in, %d out, the body %+v", in, out, told)
	}
	r.Usage = chat.Usage{Input: in, Output: out}
}

func readConverseStream(t *testing.T, _ dialect.Codec, rec *httptest.ResponseRecorder) (*chat.Response, error) {
	var d converse.StreamDecoder
	var events []chat.Event
	for _, f := range frames(t, rec.Body.Bytes()) {
		e, err := d.Decode(f.name, f.payload)
		if err != nil {
			return nil, err
		}
		if e != nil {
			events = append(events, *e)
		}
	}
	return dialecttest.Collect(events)
}

func readInvokeStream(t *testing.T, c dialect.Codec, rec *httptest.ResponseRecorder) (*chat.Response, error) {
	d := c.NewDecoder()
	var events []chat.Event
	all := chunks(t, rec.Body.Bytes())
	for i, chunk := range all {
		if has := bytes.Contains(chunk, []byte(`"amazon-bedrock-invocationMetrics"`)); has != (i == len(all)-1) {
			t.Errorf("chunk %d of %d: %s", i+1, len(all), chunk)
		}
		read, err := d.Decode(chunk)
		if err != nil {
			return nil, err
		}
		events = append(events, read...)
	}
	return dialecttest.Collect(events)
}

// The words of a cell.
const (
	done    = "yes"
	refused = "refused"
	noWord  = "–"
	inside  = "in the prompt"
	asText  = "as text"
)

// cell makes one call and says what became of it.
func (n *node) cell(t *testing.T, m *catalog.Model, op operation, f feature) string {
	codec, err := bedrockruntime.CodecOf(m)
	if err != nil && op.native {
		return refused
	}
	r := &chat.Request{Messages: []chat.Message{said(chat.User, question)}, Inference: chat.Inference{MaxTokens: new(300)}}
	f.ask(r)
	prompts := op.native && isPrompt(t, codec, m)
	body, err := op.write(codec, m, r)
	if err != nil {
		if op.native {
			return noWord
		}
		t.Fatal(err)
	}
	at, ok := n.placeOf(m)
	if !ok {
		t.Fatalf("%s cannot be called from anywhere", m.ID)
	}
	rec := n.post(at, op.path, body)
	can := inference.CanOf(m)
	able := f.can == nil || f.can(can)
	if f.name == "tool use" || f.name == "tool result" {
		able = able && (op.native || !op.streamed || can.StreamingTools)
	}
	flat := op.native && f.name == "document" && !hasDocument(t, codec, m, body)
	if rec.Code == 400 && (!able || prompts && f.inside) {
		if !strings.Contains(message(t, rec), "doesn't support") {
			t.Errorf("the refusal says %q", message(t, rec))
		}
		return refused
	}
	if rec.Code != 200 {
		t.Errorf("%d: %s\nfor %s", rec.Code, rec.Body, body)
		return "broken"
	}
	if !able && !prompts && !flat {
		t.Errorf("the model cannot, yet the answer was %s", rec.Body)
	}
	got, err := op.read(t, codec, rec)
	if err != nil {
		t.Errorf("%v: %s", err, rec.Body)
		return "broken"
	}
	if prompts && f.inside {
		return inside
	}
	if flat {
		return asText
	}
	if !f.shown(got) {
		t.Errorf("the answer does not show it: %+v\n%s", got, textOf(got))
	}
	return done
}

// hasDocument reports whether a body says a document as one; else it must say its text.
func hasDocument(t *testing.T, c dialect.Codec, m *catalog.Model, body []byte) bool {
	t.Helper()
	r, err := c.DecodeRequest(m.ID, body)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(r.Messages[0].Content, func(b chat.Block) bool { return b.Kind == chat.DocumentBlock }) {
		return true
	}
	if !bytes.Contains(body, []byte("high tide at noon")) {
		t.Errorf("the document is nowhere in %s", body)
	}
	return false
}

// isPrompt reports whether the family's body is one prompt.
func isPrompt(t *testing.T, c dialect.Codec, m *catalog.Model) bool {
	t.Helper()
	body, err := c.EncodeRequest(m.ID, &chat.Request{Messages: []chat.Message{said(chat.User, "x")}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.DecodeRequest(m.ID, body)
	return err == nil && r.Prompt
}

// examples are, for each row of the table, the model among those that can be called of which the most is known to work;
// of several the first.
func (n *node) examples() (out []*catalog.Model) {
	rows := bedrockruntime.Rows()
	for _, row := range rows {
		var best *catalog.Model
		for _, m := range n.snapshot.Catalog().Models() {
			first := slices.IndexFunc(rows, func(r [2]string) bool { return r[0] == m.Family && strings.HasPrefix(m.ID, r[1]) })
			if first < 0 || rows[first] != row || !inference.IsText(m) || m.VariantOf != "" {
				continue
			}
			if _, ok := n.placeOf(m); ok && (best == nil || known(m) > known(best)) {
				best = m
			}
		}
		if best != nil {
			out = append(out, best)
		}
	}
	return out
}

// known counts what a model is known to do.
func known(m *catalog.Model) (count int) {
	f := &m.Features
	if f.Basis == "" {
		return 0
	}
	for _, can := range [...]bool{f.System, f.Tools, f.StreamingTools, f.Vision, f.Documents, f.Reasoning} {
		if can {
			count++
		}
	}
	return count
}

func TestConformance(t *testing.T) {
	n := newNode(t)
	var doc strings.Builder
	doc.WriteString(conformanceHead)
	fs := features()
	for _, op := range operations() {
		fmt.Fprintf(&doc, "\n## %s\n\n| family | model |", op.name)
		for _, f := range fs {
			doc.WriteString(" " + f.name + " |")
		}
		doc.WriteString("\n| --- | --- |" + strings.Repeat(" --- |", len(fs)) + "\n")
		for _, m := range n.examples() {
			fmt.Fprintf(&doc, "| %s | `%s` |", m.Family, m.ID)
			for _, f := range fs {
				t.Run(op.name+"/"+m.ID+"/"+f.name, func(t *testing.T) { doc.WriteString(" " + n.cell(t, m, op, f) + " |") })
			}
			doc.WriteString("\n")
		}
	}
	countTable(t, n, &doc)
	vectorTable(t, n, &doc)
	if t.Failed() {
		return
	}
	path := filepath.Join("..", "..", "..", "docs", "conformance.md")
	if *writeDocs {
		if err := os.WriteFile(path, []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(committed), doc.String()); diff != "" {
		t.Errorf("docs/conformance.md is not what the tests found; run this test with -write-docs (-committed +found):\n%s", diff)
	}
}

const conformanceHead = `# Conformance

Made by ` + "`go test ./internal/service/bedrockruntime -run Conformance -write-docs`" + `; the same test fails when this page and what it finds differ.

Every cell is a call that was made to the service, with the simulator behind it, and whose answer was read back in the caller's own dialect and
looked at: **yes** – served, and the answer shows it; **in the prompt** – the body is one prompt, in which the caller says this himself, and it was
served; **as text** – the body has no word for documents, and the text of this one was sent; **refused** – a ` + "`ValidationException`" + ` that says
what the model doesn't support; **–** – the family's body has no word for it. One model stands for each body format.
`

// countTable counts the same question in both forms; a count must be what the call is metered as.
func countTable(t *testing.T, n *node, doc *strings.Builder) {
	doc.WriteString("\n## CountTokens\n\nThe count is what the call is then metered as.\n\n| family | model | of Converse | of InvokeModel |\n| --- | --- | --- | --- |\n")
	for _, m := range n.examples() {
		fmt.Fprintf(doc, "| %s | `%s` |", m.Family, m.ID)
		for _, op := range operations() {
			if op.streamed {
				continue
			}
			t.Run("CountTokens/"+m.ID+"/"+op.name, func(t *testing.T) { doc.WriteString(" " + n.counted(t, m, op) + " |") })
		}
		doc.WriteString("\n")
	}
}

func (n *node) counted(t *testing.T, m *catalog.Model, op operation) string {
	codec, err := bedrockruntime.CodecOf(m)
	if err != nil && op.native {
		return refused
	}
	body, err := op.write(codec, m, &chat.Request{Messages: []chat.Message{said(chat.User, question)}, Inference: chat.Inference{MaxTokens: new(300)}})
	if err != nil {
		t.Fatal(err)
	}
	in := fmt.Sprintf(`{"input":{"invokeModel":{"body":%q}}}`, base64.StdEncoding.EncodeToString(body))
	if !op.native {
		in = fmt.Sprintf(`{"input":{"converse":{"messages":[{"role":"user","content":[{"text":%q}]}]}}}`, question)
	}
	at, _ := n.placeOf(m)
	rec := n.post(at, "count-tokens", []byte(in))
	var count struct {
		Tokens int64 `json:"inputTokens"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &count); err != nil || rec.Code != 200 {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	called := n.post(at, op.path, body)
	got, err := op.read(t, codec, called)
	if err != nil || got.Usage.Input != count.Tokens || count.Tokens == 0 {
		t.Errorf("counted %d, metered %+v, %v", count.Tokens, got, err)
	}
	return done
}

// vectorTable does the same for models that make vectors or rank documents.
func vectorTable(t *testing.T, n *node, doc *strings.Builder) {
	doc.WriteString("\n## Vectors and ranks\n\nBy InvokeModel.\n\n| model | asked | answer |\n| --- | --- | --- |\n")
	for _, c := range vectorCases() {
		m, ok := n.snapshot.Catalog().Model(c.model)
		if !ok {
			t.Fatalf("%s is not in the catalog", c.model)
		}
		t.Run("vectors/"+c.model+"/"+c.asked, func(t *testing.T) {
			at, ok := n.placeOf(m)
			if !ok {
				t.Fatal("it cannot be called from anywhere")
			}
			rec := n.post(at, "invoke", []byte(c.body))
			if rec.Code != 200 {
				t.Fatalf("%d: %s", rec.Code, rec.Body)
			}
			var v map[string]any
			if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
				t.Fatal(err)
			}
			if counted := rec.Header().Get("X-Amzn-Bedrock-Input-Token-Count") != ""; counted == strings.Contains(c.model, "rerank") {
				t.Errorf("input token count: %v", rec.Header())
			}
			if rec.Header().Get("X-Amzn-Bedrock-Output-Token-Count") != "" || rec.Header().Get("X-Amzn-Bedrock-Invocation-Latency") == "" {
				t.Errorf("headers %v", rec.Header())
			}
			fmt.Fprintf(doc, "| `%s` | %s | %s |\n", c.model, c.asked, c.answer(t, v))
		})
	}
}
