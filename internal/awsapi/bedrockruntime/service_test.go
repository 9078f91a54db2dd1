package bedrockruntime

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// capturing does every operation the way a test says.
type capturing struct {
	Unimplemented
	invoke func(*InvokeModelRequest)
	output *InvokeModelResponse
	stream func(*ConverseStreamWriter) error
	chunks func(*InvokeModelWithResponseStreamWriter) error
	count  func(*CountTokensRequest)
}

func (c *capturing) InvokeModel(_ context.Context, _ *awswire.Call, in *InvokeModelRequest) (*InvokeModelResponse, error) {
	if c.invoke != nil {
		c.invoke(in)
	}
	return c.output, nil
}

func (c *capturing) ConverseStream(_ context.Context, _ *awswire.Call, in *UnreadConverseStreamRequest, w *ConverseStreamWriter) error {
	if _, err := in.Read(); err != nil {
		return err
	}
	return c.stream(w)
}

func (c *capturing) InvokeModelWithResponseStream(_ context.Context, _ *awswire.Call, _ *InvokeModelWithResponseStreamRequest, w *InvokeModelWithResponseStreamWriter) error {
	return c.chunks(w)
}

func (c *capturing) CountTokens(_ context.Context, _ *awswire.Call, in *UnreadCountTokensRequest) (awswire.Output, error) {
	whole, err := in.Read()
	if err != nil {
		return nil, err
	}
	c.count(whole)
	return &CountTokensResponse{InputTokens: 7}, nil
}

// post serves one request in memory.
func post(s *awswire.Service, path, body string) (*httptest.ResponseRecorder, awswire.Outcome) {
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, path, nil)
	out := s.Serve(rec, &awswire.Call{RequestID: "id-1", Request: r, Body: []byte(body), Header: http.Header{"X-Outcrop-Region": {"us-east-2"}}})
	return rec, out
}

func TestConverseAnswers(t *testing.T) {
	rec, out := post(NewService(&answering{converse: someAnswer()}), "/model/m/converse", `{}`)
	const want = `{"output":{"message":{"role":"assistant","content":[{"text":"The Great Pyramid of Giza is the only one that still stands.\nThe others fell."}]}},` +
		`"stopReason":"end_turn","usage":{"inputTokens":28,"outputTokens":17,"totalTokens":45},"metrics":{"latencyMs":412}}`
	if rec.Body.String() != want {
		t.Errorf("got  %s\nwant %s", rec.Body, want)
	}
	if out != (awswire.Outcome{Operation: "Converse", Status: 200}) {
		t.Errorf("outcome %+v", out)
	}
	h := rec.Result().Header
	if h.Get("Content-Type") != "application/json" || h.Get("x-amzn-requestid") != "id-1" || h.Get("x-outcrop-region") != "us-east-2" {
		t.Errorf("headers %v", h)
	}
}

func TestInvokeModelAnswersRawBytesAndHeaders(t *testing.T) {
	s := NewService(&capturing{output: &InvokeModelResponse{
		Body: []byte("\x00\x01"), ContentType: "application/octet-stream", ServiceTier: new(ServiceTierTypeFlex),
	}})
	rec, _ := post(s, "/model/m/invoke", "")
	h := rec.Result().Header
	if rec.Body.String() != "\x00\x01" || h.Get("Content-Type") != "application/octet-stream" || h.Get("X-Amzn-Bedrock-Service-Tier") != "flex" {
		t.Errorf("body %q, headers %v", rec.Body, h)
	}
	if _, ok := h["X-Amzn-Bedrock-Performanceconfig-Latency"]; ok {
		t.Error("a header without a value was sent")
	}
}

func TestAnOperationWithoutOutputIsAnInternalError(t *testing.T) {
	rec, out := post(NewService(&capturing{}), "/model/m/invoke", "")
	if rec.Code != 500 || out.Status != 500 || !fault.Is(out.Err, fault.Internal) {
		t.Errorf("status %d, outcome %+v", rec.Code, out)
	}
}

func TestUnknownOperations(t *testing.T) {
	s := NewService(Unimplemented{})
	for _, path := range []string{"/model/m/converse", "/model/m/invoke", "/model/m/converse-stream", "/model/m/invoke-with-bidirectional-stream", "/guardrail/g/version/1/apply", "/async-invoke", "/"} {
		rec, out := post(s, path, `{}`)
		if rec.Code != 404 || out.Status != 404 || !strings.HasPrefix(rec.Result().Header.Get("x-amzn-errortype"), "UnknownOperationException:") {
			t.Errorf("%s: status %d, headers %v", path, rec.Code, rec.Result().Header)
		}
	}
}

func TestCountTokensTakesProfilesAndARNs(t *testing.T) {
	var got *CountTokensRequest
	s := NewService(&capturing{count: func(in *CountTokensRequest) { got = in }})
	long := "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/" + strings.Repeat("a", 400)
	for _, id := range []string{"anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-haiku-4-5-20251001-v1:0", long} {
		rec, out := post(s, "/model/"+url.PathEscape(id)+"/count-tokens", `{"input":{"invokeModel":{"body":"e30="}}}`)
		if out.Err != nil || rec.Body.String() != `{"inputTokens":7}` {
			t.Fatalf("%s: %v, %s", id, out.Err, rec.Body)
		}
		want := &CountTokensRequest{ModelID: id, Input: &CountTokensInput{InvokeModel: &InvokeModelTokensRequest{Body: []byte("{}")}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// readFrames renders a stream, a line for each message.
func readFrames(t *testing.T, b []byte) []string {
	t.Helper()
	var list []string
	for r := awswire.NewFrameReader(bytes.NewReader(b)); ; {
		f, err := r.Next()
		if err != nil {
			return list
		}
		list = append(list, f.Event()+f.Exception()+" "+string(f.Payload))
	}
}

func TestConverseStreamSendsEveryEvent(t *testing.T) {
	s := NewService(&capturing{stream: func(w *ConverseStreamWriter) error {
		return errors.Join(
			w.MessageStart(&MessageStartEvent{Role: ConversationRoleAssistant}),
			w.ContentBlockStart(&ContentBlockStartEvent{Start: &ContentBlockStart{ToolUse: &ToolUseBlockStart{ToolUseID: "t1", Name: "f"}}}),
			w.ContentBlockDelta(&ContentBlockDeltaEvent{ContentBlockIndex: 1, Delta: &ContentBlockDelta{Text: new("hi")}}),
			w.ContentBlockDelta(&ContentBlockDeltaEvent{Delta: &ContentBlockDelta{ReasoningContent: &ReasoningContentBlockDelta{RedactedContent: []byte{1}}}}),
			w.ContentBlockStop(&ContentBlockStopEvent{}),
			w.MessageStop(&MessageStopEvent{StopReason: StopReasonToolUse}),
			w.Metadata(&ConverseStreamMetadataEvent{Usage: &TokenUsage{CacheReadInputTokens: new(0)}, Metrics: &ConverseStreamMetrics{LatencyMs: 5}}),
			w.Raw(ConverseStreamContentBlockDelta, []byte(`{"delta":{"text":"raw"},"contentBlockIndex":2}`)),
			w.Exception(fault.New(fault.ModelTimeout, "too slow")),
		)
	}})
	s.Padding = func() int { return 2 }
	rec, _ := post(s, "/model/m/converse-stream", `{}`)
	want := []string{
		`messageStart {"role":"assistant","p":"ab"}`,
		`contentBlockStart {"start":{"toolUse":{"toolUseId":"t1","name":"f"}},"contentBlockIndex":0,"p":"ab"}`,
		`contentBlockDelta {"delta":{"text":"hi"},"contentBlockIndex":1,"p":"ab"}`,
		`contentBlockDelta {"delta":{"reasoningContent":{"redactedContent":"AQ=="}},"contentBlockIndex":0,"p":"ab"}`,
		`contentBlockStop {"contentBlockIndex":0,"p":"ab"}`,
		`messageStop {"stopReason":"tool_use","p":"ab"}`,
		`metadata {"usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0,"cacheReadInputTokens":0},"metrics":{"latencyMs":5},"p":"ab"}`,
		`contentBlockDelta {"delta":{"text":"raw"},"contentBlockIndex":2,"p":"ab"}`,
		`modelStreamErrorException {"message":"too slow"}`,
	}
	if diff := cmp.Diff(want, readFrames(t, rec.Body.Bytes())); diff != "" {
		t.Error(diff)
	}
}

func TestInvokeStreamSendsHeadAndChunks(t *testing.T) {
	s := NewService(&capturing{chunks: func(w *InvokeModelWithResponseStreamWriter) error {
		w.Head(&InvokeModelWithResponseStreamResponse{ContentType: "application/json", ServiceTier: new(ServiceTierTypeDefault)})
		return errors.Join(w.Chunk(&PayloadPart{Bytes: []byte(`{"type":"ping"}`)}), fault.New(fault.ModelTimeout, "too slow"))
	}})
	s.Padding = func() int { return 1 << 20 } // more than there are letters
	rec, _ := post(s, "/model/m/invoke-with-response-stream", "")
	want := []string{
		`chunk {"bytes":"eyJ0eXBlIjoicGluZyJ9","p":"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}`,
		`modelTimeoutException {"message":"too slow"}`,
	}
	if diff := cmp.Diff(want, readFrames(t, rec.Body.Bytes())); diff != "" {
		t.Error(diff)
	}
	h := rec.Result().Header
	if h.Get("Content-Type") != "application/vnd.amazon.eventstream" || h.Get("X-Amzn-Bedrock-Content-Type") != "application/json" || h.Get("X-Amzn-Bedrock-Service-Tier") != "default" {
		t.Errorf("headers %v", h)
	}
}

func TestStreamsBoundRequests(t *testing.T) {
	rec, out := post(NewService(&capturing{}), "/model/m/converse-stream", `{"messages":7}`)
	if rec.Code != 400 || !fault.Is(out.Err, fault.Serialization) {
		t.Errorf("status %d, outcome %+v", rec.Code, out)
	}
}

func FuzzConverse(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(converseBody)
	f.Add([]byte(`{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"AA=="}}},null,{}]}]}`))
	f.Add([]byte(`{"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"a":[1]}}}}],"toolChoice":{"any":{},"auto":{}}}}`))
	f.Add([]byte(`{"requestMetadata":{"a":"b","":"","c":null},"promptVariables":{"\u0000":{}},"additionalModelResponseFieldPaths":["",null]}`))
	service := NewService(&answering{converse: someAnswer()})
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/model/m/converse", nil)
		out := service.Serve(httptest.NewRecorder(), &awswire.Call{Request: r, Body: body})
		switch {
		case out.Status == 200 && out.Err == nil:
		case out.Status == 400 && (fault.Is(out.Err, fault.Validation) || fault.Is(out.Err, fault.Serialization)):
		default:
			t.Fatalf("outcome %+v", out)
		}
	})
}
