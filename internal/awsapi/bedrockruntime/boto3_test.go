package bedrockruntime

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// scripted answers what testdata/client.py asks.
type scripted struct{ Unimplemented }

func (scripted) Converse(_ context.Context, _ *awswire.Call, unread *UnreadConverseRequest) (awswire.Output, error) {
	in, err := unread.Read()
	if err != nil {
		return nil, err
	}
	if in.ModelID == "throttled" {
		return nil, fault.New(fault.Throttling, "Too many requests, please wait before trying again.")
	}
	out := someAnswer()
	out.Output.Message.Content[0].Text = new(string(in.Messages[0].Content[1].Image.Source.Bytes[1:]))
	return out, nil
}

func (scripted) CountTokens(context.Context, *awswire.Call, *UnreadCountTokensRequest) (awswire.Output, error) {
	return &CountTokensResponse{InputTokens: 7}, nil
}

func (scripted) InvokeModel(_ context.Context, _ *awswire.Call, in *InvokeModelRequest) (*InvokeModelResponse, error) {
	return &InvokeModelResponse{Body: in.Body, ContentType: "application/json", ServiceTier: new(ServiceTierTypeDefault)}, nil
}

func (scripted) ConverseStream(_ context.Context, _ *awswire.Call, _ *UnreadConverseStreamRequest, w *ConverseStreamWriter) error {
	return errors.Join(
		w.MessageStart(&MessageStartEvent{Role: ConversationRoleAssistant}),
		w.ContentBlockDelta(&ContentBlockDeltaEvent{Delta: &ContentBlockDelta{Text: new("é\n\"")}}),
		w.MessageStop(&MessageStopEvent{StopReason: StopReasonEndTurn}),
	)
}

func (scripted) InvokeModelWithResponseStream(_ context.Context, _ *awswire.Call, _ *InvokeModelWithResponseStreamRequest, w *InvokeModelWithResponseStreamWriter) error {
	if err := w.Chunk(&PayloadPart{Bytes: []byte(`{"n":1}`)}); err != nil {
		return err
	}
	return fault.New(fault.ModelStreamError, "cut off")
}

// The other end of this wire is boto3, which knows the models on its own.
func TestBoto3(t *testing.T) {
	if err := exec.Command("python3", "-c", "import boto3").Run(); err != nil {
		t.Skip("SKIPPED: no boto3 for python3 here (pip install boto3)")
	}
	s := NewService(scripted{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.Serve(w, &awswire.Call{RequestID: "id-1", Request: r, Body: body})
	}))
	defer srv.Close()
	out, err := exec.Command("python3", "testdata/client.py", srv.URL).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := []string{
		`converse [{"message": {"content": [{"text": "PNG"}], "role": "assistant"}}, "end_turn", {"inputTokens": 28, "outputTokens": 17, "totalTokens": 45}, "id-1"]`,
		`count 7`,
		`invoke ["application/json", "{\"a\":1}", "default"]`,
		`stream [{"messageStart": {"role": "assistant"}}, {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "\u00e9\n\""}}}, {"messageStop": {"stopReason": "end_turn"}}]`,
		`chunk "{\"n\":1}"`,
		`chunks end {"Code": "modelStreamErrorException", "Message": "cut off"}`,
		`empty block [{"Code": "ValidationException", "Message": "1 validation error detected: Value at 'messages.1.member.content.1.member' ` + exactlyOne +
			`[text, image, document, video, audio, toolUse, toolResult, guardContent, cachePoint, reasoningContent, citationsContent, searchResult]"}, 400, "id-1"]`,
		`wrong type [{"Code": "SerializationException", "Message": "NUMBER_VALUE can not be converted to a String at 'system.1.member.text'"}, 400, "id-1"]`,
		`bad id [{"Code": "ValidationException", "Message": "1 validation error detected: Value 'a b' at 'modelId' failed to satisfy constraint: Member must satisfy regular expression pattern: ` +
			patternConversationalModelID.Source + `"}, 400, "id-1"]`,
		`throttled [{"Code": "ThrottlingException", "Message": "Too many requests, please wait before trying again."}, 429, "id-1"]`,
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(string(out)), "\n")); diff != "" {
		t.Error(diff)
	}
}
