package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/google/go-cmp/cmp"
)

// name is one way to name a model.
type name struct {
	kind, identifier string
	profile          string // what x-outcrop-profile must contain, "" for no such header
}

// names are every kind of identifier of claude, as an id and as an ARN.
func (c client) names(t *testing.T) []name {
	t.Helper()
	overProfile := c.createProfile(t, "over a profile", profileARN("us-east-1", claudeProfile))
	overModel := c.createProfile(t, "over a model", modelARN("us-east-1", claude))
	id := overProfile[strings.LastIndexByte(overProfile, '/')+1:]
	return []name{
		{"model id", claude, ""},
		{"model ARN", modelARN("us-east-1", claude), ""},
		{"cross-region profile id", claudeProfile, claudeProfile},
		{"cross-region profile ARN", profileARN("us-east-1", claudeProfile), claudeProfile},
		{"application profile ARN over a cross-region profile", overProfile, id},
		{"application profile id over a cross-region profile", id, id},
		{"application profile ARN over a model", overModel, overModel[strings.LastIndexByte(overModel, '/')+1:]},
	}
}

// checkHeaders asserts what an answer says of where it came from, when nothing went wrong on the way.
func checkHeaders(t *testing.T, h http.Header, n name) {
	t.Helper()
	if h.Get("X-Outcrop-Region") != "us-east-1" || h.Get("X-Outcrop-Model") != claude || h.Get("X-Outcrop-Attempts") != "1" {
		t.Errorf("region %q, model %q, attempts %q", h.Get("X-Outcrop-Region"), h.Get("X-Outcrop-Model"), h.Get("X-Outcrop-Attempts"))
	}
	if got := h.Get("X-Outcrop-Profile"); !strings.Contains(got, n.profile) || (got == "") != (n.profile == "") {
		t.Errorf("x-outcrop-profile %q, want one with %q", got, n.profile)
	}
	if !strings.Contains(h.Get("X-Outcrop-Route"), "us-east-1") {
		t.Errorf("x-outcrop-route %q does not name the region", h.Get("X-Outcrop-Route"))
	}
	if h.Get("X-Amzn-Requestid") == "" || h.Get("Date") == "" {
		t.Errorf("no request id or no date: %v", h)
	}
}

func TestEveryKindOfNameAnswers(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	for _, n := range c.names(t) {
		t.Run(n.kind, func(t *testing.T) {
			t.Parallel()
			c.checkConverse(t, n)
			c.checkInvoke(t, n)
			c.checkCountTokens(t, n)
		})
	}
}

// checkConverse asks the same whole and streamed.
func (c client) checkConverse(t *testing.T, n name) {
	t.Helper()
	out, err := c.converse(t, n.identifier, "What is an outcrop?")
	if err != nil {
		t.Fatalf("Converse: %v", err)
	}
	checkHeaders(t, headers(t, out.ResultMetadata), n)
	text := answer(t, out)
	checkUsage(t, out.Usage)
	if text == "" || out.StopReason != types.StopReasonEndTurn || out.Metrics == nil || out.Metrics.LatencyMs == nil {
		t.Errorf("answer %q, stop reason %q, metrics %+v", text, out.StopReason, out.Metrics)
	}
	s, h, err := c.stream(t, n.identifier, "What is an outcrop?")
	if err != nil {
		t.Fatalf("ConverseStream: %v", err)
	}
	checkHeaders(t, h, n)
	checkUsage(t, s.usage)
	if diff := cmp.Diff(textOrder(), s.order); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if s.text != text || s.stop != types.StopReasonEndTurn {
		t.Errorf("streamed %q (%s), whole %q", s.text, s.stop, text)
	}
}

func checkUsage(t *testing.T, u *types.TokenUsage) {
	t.Helper()
	if u == nil {
		t.Error("no usage")
		return
	}
	if *u.InputTokens < 1 || *u.OutputTokens < 1 || *u.TotalTokens != *u.InputTokens+*u.OutputTokens {
		t.Errorf("usage: %d in, %d out, %d in all", *u.InputTokens, *u.OutputTokens, *u.TotalTokens)
	}
}

// messages is an Anthropic Messages body as InvokeModel takes it.
const messages = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":64,"messages":[{"role":"user","content":"What is an outcrop?"}]}`

// anthropic is what the tests read of an Anthropic answer or of one event of its stream.
type anthropic struct {
	Type    string
	Role    string
	Content []struct{ Type, Text string }
	Delta   struct {
		Text       string
		StopReason string `json:"stop_reason"`
	}
	StopReason string `json:"stop_reason"`
	Usage      struct {
		Input  int `json:"input_tokens"`
		Output int `json:"output_tokens"`
	}
	Metrics *struct {
		InputTokenCount, OutputTokenCount   int
		InvocationLatency, FirstByteLatency *int
	} `json:"amazon-bedrock-invocationMetrics"`
}

func (c client) checkInvoke(t *testing.T, n name) {
	t.Helper()
	out, err := c.runtime.InvokeModel(withPatience(t), &bedrockruntime.InvokeModelInput{
		ModelId: &n.identifier, Body: []byte(messages), ContentType: aws.String("application/json"),
	})
	if err != nil {
		t.Fatalf("InvokeModel: %v", err)
	}
	h := headers(t, out.ResultMetadata)
	checkHeaders(t, h, n)
	var whole anthropic
	if err := json.Unmarshal(out.Body, &whole); err != nil {
		t.Fatalf("InvokeModel answered %s: %v", out.Body, err)
	}
	if whole.Type != "message" || whole.Role != "assistant" || len(whole.Content) != 1 || whole.Content[0].Text == "" || whole.StopReason == "" {
		t.Errorf("InvokeModel answered %s", out.Body)
	}
	counts := fmt.Sprint(h.Get("X-Amzn-Bedrock-Input-Token-Count"), " ", h.Get("X-Amzn-Bedrock-Output-Token-Count"))
	if want := fmt.Sprint(whole.Usage.Input, " ", whole.Usage.Output); counts != want {
		t.Errorf("token headers %q, the body says %q", counts, want)
	}
	if _, err := strconv.Atoi(h.Get("X-Amzn-Bedrock-Invocation-Latency")); err != nil {
		t.Errorf("latency header: %v", err)
	}
	text, events := c.invokeStream(t, n)
	if text != whole.Content[0].Text {
		t.Errorf("streamed %q, whole %q", text, whole.Content[0].Text)
	}
	const want = "message_start content_block_start content_block_delta content_block_stop message_delta message_stop"
	if got := strings.Join(events, " "); got != want {
		t.Errorf("events %q, want %q", got, want)
	}
}

// invokeStream streams the same question and returns the text and the types of the events, runs as one.
func (c client) invokeStream(t *testing.T, n name) (text string, events []string) {
	t.Helper()
	out, err := c.forStream().InvokeModelWithResponseStream(withPatience(t), &bedrockruntime.InvokeModelWithResponseStreamInput{
		ModelId: &n.identifier, Body: []byte(messages), ContentType: aws.String("application/json"),
	})
	if err != nil {
		t.Fatalf("InvokeModelWithResponseStream: %v", err)
	}
	checkHeaders(t, headers(t, out.ResultMetadata), n)
	stream := out.GetStream()
	defer stream.Close()
	var last anthropic
	for e := range stream.Events() {
		chunk, ok := e.(*types.ResponseStreamMemberChunk)
		if !ok {
			t.Fatalf("an event of type %T", e)
		}
		last = anthropic{}
		if err := json.Unmarshal(chunk.Value.Bytes, &last); err != nil {
			t.Fatalf("chunk %s: %v", chunk.Value.Bytes, err)
		}
		text += last.Delta.Text
		if k := len(events); k == 0 || events[k-1] != last.Type {
			events = append(events, last.Type)
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if m := last.Metrics; m == nil || m.InputTokenCount < 1 || m.OutputTokenCount < 1 || m.InvocationLatency == nil || m.FirstByteLatency == nil {
		t.Errorf("the last chunk has the metrics %+v", m)
	}
	return text, events
}

func (c client) checkCountTokens(t *testing.T, n name) {
	t.Helper()
	count := func(input types.CountTokensInput) int32 {
		out, err := c.runtime.CountTokens(withPatience(t), &bedrockruntime.CountTokensInput{ModelId: &n.identifier, Input: input})
		if err != nil {
			t.Fatalf("CountTokens: %v", err)
		}
		return *out.InputTokens
	}
	short := count(&types.CountTokensInputMemberConverse{Value: types.ConverseTokensRequest{Messages: ask("short")}})
	long := count(&types.CountTokensInputMemberConverse{Value: types.ConverseTokensRequest{Messages: ask(strings.Repeat("rather long ", 100))}})
	native := count(&types.CountTokensInputMemberInvokeModel{Value: types.InvokeModelTokensRequest{Body: []byte(messages)}})
	if short < 1 || long < short+100 || native < 1 {
		t.Errorf("counted %d for a word, %d for two hundred, %d for a native body", short, long, native)
	}
	out, err := c.converse(t, n.identifier, "short")
	if err != nil {
		t.Fatal(err)
	}
	if *out.Usage.InputTokens != short {
		t.Errorf("counted %d tokens, metered %d", short, *out.Usage.InputTokens)
	}
}

func TestTitanEmbeds(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	application := c.createProfile(t, "embeddings", modelARN("us-east-1", titan))
	for _, id := range []string{titan, modelARN("us-east-1", titan), application} {
		embed := func(text string) []float64 {
			out, err := c.runtime.InvokeModel(withPatience(t), &bedrockruntime.InvokeModelInput{
				ModelId: &id, Body: fmt.Appendf(nil, `{"inputText":%q,"dimensions":256,"normalize":true}`, text),
			})
			if err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			var body struct {
				Embedding           []float64
				InputTextTokenCount int
			}
			if err := json.Unmarshal(out.Body, &body); err != nil {
				t.Fatalf("%s: %v", out.Body, err)
			}
			if len(body.Embedding) != 256 || body.InputTextTokenCount < 1 {
				t.Fatalf("%d dimensions, %d tokens", len(body.Embedding), body.InputTextTokenCount)
			}
			return body.Embedding
		}
		first, same, other := embed("a river"), embed("a river"), embed("a mountain")
		if !cmp.Equal(first, same) || cmp.Equal(first, other) {
			t.Error("the same text must have the same vector, another text another")
		}
		length := 0.0
		for _, x := range first {
			length += x * x
		}
		if length < 0.999 || length > 1.001 {
			t.Errorf("a normalized vector of length² %v", length)
		}
	}
}

func TestToolsAndLimitsAreHonoured(t *testing.T) {
	t.Parallel()
	c := start(t, "").client()
	t.Run("max tokens", func(t *testing.T) {
		out, err := c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{
			ModelId: aws.String(claudeProfile), Messages: ask("Tell me everything."),
			InferenceConfig: &types.InferenceConfiguration{MaxTokens: aws.Int32(3)},
		})
		if err != nil {
			t.Fatal(err)
		}
		if out.StopReason != types.StopReasonMaxTokens || *out.Usage.OutputTokens > 3 {
			t.Errorf("stopped for %s after %d tokens", out.StopReason, *out.Usage.OutputTokens)
		}
	})
	t.Run("a tool", func(t *testing.T) {
		config := weatherTool()
		out, err := c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{
			ModelId: aws.String(claudeProfile), Messages: ask("Weather in Bern?"), ToolConfig: config,
		})
		if err != nil {
			t.Fatal(err)
		}
		message, _ := out.Output.(*types.ConverseOutputMemberMessage)
		var use *types.ContentBlockMemberToolUse
		for _, b := range message.Value.Content {
			if u, ok := b.(*types.ContentBlockMemberToolUse); ok {
				use = u
			}
		}
		if use == nil || *use.Value.Name != "weather" || out.StopReason != types.StopReasonToolUse {
			t.Fatalf("stopped for %s with %+v", out.StopReason, message.Value.Content)
		}
		var input struct {
			City *string `document:"city"`
		}
		if err := use.Value.Input.UnmarshalSmithyDocument(&input); err != nil || input.City == nil {
			t.Errorf("the input has no city: %+v (%v)", input, err)
		}
		// The tool's answer goes back, and a text ends the turn.
		turns := append(ask("Weather in Bern?"), message.Value, types.Message{Role: types.ConversationRoleUser, Content: []types.ContentBlock{
			&types.ContentBlockMemberToolResult{Value: types.ToolResultBlock{
				ToolUseId: use.Value.ToolUseId, Content: []types.ToolResultContentBlock{&types.ToolResultContentBlockMemberText{Value: "sunny"}},
			}},
		}})
		config.ToolChoice = &types.ToolChoiceMemberAuto{}
		if _, err := c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{
			ModelId: aws.String(claudeProfile), Messages: turns, ToolConfig: config,
		}); err != nil {
			t.Errorf("after the tool's answer: %v", err)
		}
	})
}
