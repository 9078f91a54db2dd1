package bedrockruntime

import (
	"context"
	_ "embed"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/outcrop/outcrop/internal/awswire"
)

//go:embed testdata/converse.json
var converseBody []byte

// answering is a server that answers Converse at once.
type answering struct {
	Unimplemented
	converse *ConverseResponse
}

func (a *answering) Converse(_ context.Context, _ *awswire.Call, in *UnreadConverseRequest) (awswire.Output, error) {
	if _, err := in.Read(); err != nil {
		return nil, err
	}
	return a.converse, nil
}

func someAnswer() *ConverseResponse {
	return &ConverseResponse{
		Output: &ConverseOutput{Message: &Message{
			Role:    ConversationRoleAssistant,
			Content: []ContentBlock{{Text: new("The Great Pyramid of Giza is the only one that still stands.\nThe others fell.")}},
		}},
		StopReason: StopReasonEndTurn,
		Usage:      &TokenUsage{InputTokens: 28, OutputTokens: 17, TotalTokens: 45},
		Metrics:    &ConverseMetrics{LatencyMs: 412},
	}
}

// discard is an http.ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func BenchmarkServeConverse(b *testing.B) {
	service := NewService(&answering{converse: someAnswer()})
	for name, path := range map[string]string{
		"model id":    "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
		"profile arn": "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Aapplication-inference-profile%2Fabc123def456/converse",
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodPost, path, nil)
			w := discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				c := awswire.Call{RequestID: "5f6e", Request: r, Body: converseBody}
				if out := service.Serve(w, &c); out.Err != nil {
					b.Fatal(out.Err)
				}
			}
		})
	}
}

func BenchmarkAppendConverseResponse(b *testing.B) {
	answer := someAnswer()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = answer.AppendJSON(buf[:0])
	}
}

func BenchmarkAppendTextDeltaFrame(b *testing.B) {
	text := " the only one"
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendContentBlockDeltaFrame(buf[:0], &ContentBlockDeltaEvent{Delta: &ContentBlockDelta{Text: &text}}, 20)
	}
}

func BenchmarkDecodeConverse(b *testing.B) {
	b.SetBytes(int64(len(converseBody)))
	b.ReportAllocs()
	var r awswire.Reader
	for b.Loop() {
		var in ConverseRequest
		r.Reset(converseBody)
		in.decode(&r)
		if r.Err() != nil {
			b.Fatal(r.Err())
		}
	}
}
