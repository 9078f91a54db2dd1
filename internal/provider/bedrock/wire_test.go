package bedrock

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/awsauth"
	"github.com/outcrop/outcrop/internal/provider/providertest"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const claude = "anthropic.claude-sonnet-4-5-20250929-v1:0"

func key() awsauth.Options {
	return awsauth.Options{Key: identity.AccessKey{ID: "AKIATEST", Secret: identity.NewSecret("secret")}}
}

func newProvider(t testing.TB, url string, patience time.Duration) *Provider {
	t.Helper()
	p, err := New(t.Context(), Options{URL: url, Credentials: key(), Upstream: upstream.Options{HeaderTimeout: patience}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func hello() *chat.Request {
	return &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("Hello there, model.")}}}}
}

func ask() *provider.Request {
	return &provider.Request{Region: "eu-west-1", Model: claude, Upstream: "eu." + claude, Chat: hello()}
}

// passed is a request that nobody has read.
func passed(d chat.Dialect, body string) *provider.Request {
	r := ask()
	r.Chat, r.Native = nil, &chat.Native{Dialect: d, Body: []byte(body)}
	return r
}

const (
	converseBody = `{"messages":[{"role":"user","content":[{"text":"Hello there, model."}]}]}`
	messagesBody = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":100,"messages":[{"role":"user","content":"Hello there, model."}]}`
)

// frame is an event as AWS sends it.
func frame(event, payload string) []byte {
	h := awswire.EventHeaders(event)
	b := awswire.OpenFrame(nil, h)
	return awswire.CloseEvent(append(b, payload...), 0, 7)
}

func quoted(s string) string { return string(awswire.AppendString(nil, s)) }

// chunk is an event of InvokeModel's stream.
func chunk(payload string) []byte {
	return frame("chunk", `{"bytes":"`+base64.StdEncoding.EncodeToString([]byte(payload))+`"}`)
}

// unchunk is the family's own chunk of an event that was passed on.
func unchunk(t testing.TB, e *chat.Event) []byte {
	t.Helper()
	var part struct {
		Bytes []byte `json:"bytes"`
	}
	if err := json.Unmarshal(e.Native, &part); err != nil || e.NativeType != "chunk" {
		t.Fatalf("%s %s: %v", e.NativeType, e.Native, err)
	}
	return part.Bytes
}

const invokeMode = "InvokeModel passed on"

func modes() []providertest.Mode {
	return []providertest.Mode{
		{Name: "chat", Request: ask},
		{
			Name: "Converse passed on", Request: func() *provider.Request { return passed(chat.ConverseDialect, converseBody) },
			Text: func(t testing.TB, e *chat.Event) string {
				var w brt.ContentBlockDeltaEvent
				if err := w.ReadJSON(new(awswire.Reader), e.Native); err != nil || w.Delta == nil {
					t.Fatalf("%s: %v", e.Native, err)
				}
				if w.Delta.ToolUse != nil {
					return w.Delta.ToolUse.Input
				}
				return *w.Delta.Text
			},
			Said: func(t testing.TB, native []byte) string {
				var w brt.ConverseResponse
				if err := w.ReadJSON(new(awswire.Reader), native); err != nil {
					t.Fatal(err)
				}
				return *w.Output.Message.Content[0].Text
			},
		},
		{
			Name: invokeMode, Request: func() *provider.Request { return passed(chat.InvokeDialect, messagesBody) },
			Text: func(t testing.TB, e *chat.Event) string {
				var w struct {
					Delta struct {
						Text string `json:"text"`
						JSON string `json:"partial_json"`
					} `json:"delta"`
				}
				if err := json.Unmarshal(unchunk(t, e), &w); err != nil {
					t.Fatal(err)
				}
				return w.Delta.Text + w.Delta.JSON
			},
			Said: func(t testing.TB, native []byte) string {
				var w struct {
					Content []struct{ Text string }
				}
				if err := json.Unmarshal(native, &w, json.MatchCaseInsensitiveNames(true)); err != nil {
					t.Fatal(err)
				}
				return w.Content[0].Text
			},
		},
	}
}

// either gives what Converse or InvokeModel sends.
func either(m *providertest.Mode, converse, invoke []byte) []byte {
	if m.Name == invokeMode {
		return invoke
	}
	return converse
}

func wire() providertest.Wire {
	json := map[string]string{"Content-Type": "application/json"}
	return providertest.Wire{
		New: func(t testing.TB, url string, patience time.Duration) provider.Provider {
			return newProvider(t, url, patience)
		},
		Modes:      modes(),
		StreamType: typeStream,
		Whole: func(m *providertest.Mode, text string, u *chat.Usage) providertest.Reply {
			usage := ""
			if m.Name == invokeMode {
				header := map[string]string{"Content-Type": "application/json"}
				if u != nil {
					header["X-Amzn-Bedrock-Input-Token-Count"] = strconv.FormatInt(u.Input, 10)
					header["X-Amzn-Bedrock-Output-Token-Count"] = strconv.FormatInt(u.Output, 10)
				}
				return providertest.Reply{Header: header, Body: []byte(`{"type":"message","content":[{"type":"text","text":` + quoted(text) + `}]}`)}
			}
			if u != nil {
				usage = fmt.Sprintf(`,"usage":{"inputTokens":%d,"outputTokens":%d,"totalTokens":%d}`, u.Input, u.Output, u.Total())
			}
			return providertest.Reply{Header: json, Body: []byte(`{"metrics":{"latencyMs":5},"output":{"message":{"role":"assistant","content":[{"text":` +
				quoted(text) + `}]}},"stopReason":"end_turn"` + usage + `}`)}
		},
		Refusal: func(status int, message string) providertest.Reply {
			name := map[int]string{
				429: "ThrottlingException", 500: "InternalServerException", 503: "ServiceUnavailableException",
				401: "UnrecognizedClientException", 403: "AccessDeniedException", 400: "ValidationException",
			}[status]
			return providertest.Reply{Status: status, Body: []byte(`{"message":` + quoted(message) + `}`), Header: map[string]string{
				"X-Amzn-Errortype": name + ":http://internal.amazon.com/coral/com.amazon.bedrock/",
			}}
		},
		Start: func(m *providertest.Mode) []byte {
			return either(m, frame("messageStart", `{"role":"assistant"}`), chunk(`{"type":"message_start","message":{"id":"m"}}`))
		},
		Text: func(m *providertest.Mode, s string) []byte {
			return either(m, frame("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":`+quoted(s)+`}}`),
				chunk(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":`+quoted(s)+`}}`))
		},
		ToolStart: func(m *providertest.Mode, id, name string) []byte {
			return either(m, frame("contentBlockStart", `{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":`+quoted(id)+`,"name":`+quoted(name)+`}}}`),
				chunk(`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use"}}`))
		},
		ToolInput: func(m *providertest.Mode, s string) []byte {
			return either(m, frame("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"toolUse":{"input":`+quoted(s)+`}}}`),
				chunk(`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":`+quoted(s)+`}}`))
		},
		Stop: func(m *providertest.Mode) []byte {
			return either(m, append(frame("contentBlockStop", `{"contentBlockIndex":0}`), frame("messageStop", `{"stopReason":"end_turn"}`)...),
				append(chunk(`{"type":"content_block_stop","index":0}`), chunk(`{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`)...))
		},
		Usage: func(m *providertest.Mode, u *chat.Usage) []byte {
			if u == nil {
				return nil
			}
			return either(m, frame("metadata", fmt.Sprintf(`{"usage":{"inputTokens":%d,"outputTokens":%d},"metrics":{"latencyMs":5}}`, u.Input, u.Output)),
				chunk(fmt.Sprintf(`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":%d,"outputTokenCount":%d}}`, u.Input, u.Output)))
		},
		Busy: func(_ *providertest.Mode, message string) []byte {
			return awswire.StreamExceptions{"serviceUnavailableException"}.AppendFrame(nil, fault.New(fault.ServiceUnavailable, "%s", message))
		},
		Garbage: []byte("garbage that is no frame at all"),
	}
}

func TestBehaviours(t *testing.T) { providertest.Run(t, wire()) }
