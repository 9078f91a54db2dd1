package invocationlog_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/invocationlog"
)

// toGroup logs everything to one log group.
func toGroup() invocationlog.Config {
	return invocationlog.Config{
		CloudWatch: &invocationlog.LogGroup{Name: "calls", RoleARN: "arn:aws:iam::111122223333:role/logs"},
		Text:       true, Image: true, Embedding: true, Video: true, Audio: true,
	}
}

const envelope = `{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-07-13T14:00:42Z","accountId":"111122223333",
	"identity":{"arn":"arn:aws:iam::111122223333:user/admin"},"region":"us-east-1","requestId":"` + requestID + `",`

func TestRecords(t *testing.T) {
	textOff, imageOff := toGroup(), toGroup()
	textOff.Text, imageOff.Image = false, false
	const counts = `"inputContentType":"application/json","inputTokenCount":11,"cacheReadInputTokenCount":5,"cacheWriteInputTokenCount":3`
	const converse = `{"messages":[{"role":"user","content":[{"text":"hi\n"}]}], "requestMetadata":{"team":"shop"}}`
	for name, tt := range map[string]struct {
		config invocationlog.Config
		call   call
		want   string
	}{
		"a whole answer": {
			toGroup(),
			call{operation: "Converse", body: converse, record: served(catalog.Text), answer: answering("application/json", `{"usage": {"outputTokens":7}}`)},
			`"operation":"Converse","modelId":"us.amazon.nova-lite-v1:0","inferenceRegion":"us-west-2","requestMetadata":{"team":"shop"},
			"input":{` + counts + `,"inputBodyJson":` + converse + `},
			"output":{"outputContentType":"application/json","outputTokenCount":7,"outputBodyJson":{"usage":{"outputTokens":7}}}}`,
		},
		"text is not delivered": {
			textOff,
			call{operation: "Converse", body: converse, record: served(catalog.Text), answer: answering("application/json", `{"secret":1}`)},
			`"operation":"Converse","modelId":"us.amazon.nova-lite-v1:0","inferenceRegion":"us-west-2","requestMetadata":{"team":"shop"},
			"input":{` + counts + `},"output":{"outputContentType":"application/json","outputTokenCount":7}}`,
		},
		"an embedding, without its text": {
			textOff,
			call{operation: "InvokeModel", body: `{"inputText":"x"}`, record: served(catalog.Embedding), metadata: `{"a":"b"}`, answer: answering("application/json", `{"embedding":[0.5]}`)},
			`"operation":"InvokeModel","modelId":"us.amazon.nova-lite-v1:0","inferenceRegion":"us-west-2","requestMetadata":{"a":"b"},
			"input":{` + counts + `},"output":{"outputContentType":"application/json","outputTokenCount":7,"outputBodyJson":{"embedding":[0.5]}}}`,
		},
		"images are cut out of a text": {
			imageOff,
			call{
				operation: "InvokeModel", record: served(catalog.Text), answer: answering("application/json", `{}`),
				body: `{"a":[{"image":{"format":"png","source":{"bytes":"QUJD"}}},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}},
					{"image_url":{"url":"data:image/png;base64,QUJD"}},{"document":{"source":{"bytes":"UERG"}}},{"video":{"source":{"bytes":"VklE"}}},{"images":["QUJD"]},{"text":"image"}]}`,
			},
			`"operation":"InvokeModel","modelId":"us.amazon.nova-lite-v1:0","inferenceRegion":"us-west-2",
			"input":{` + counts + `,"inputBodyJson":{"a":[{"image":{"format":"png","source":{"bytes":""}}},{"type":"image","source":{"type":"base64","media_type":"image/png","data":""}},
				{"image_url":{"url":""}},{"document":{"source":{"bytes":"UERG"}}},{"video":{"source":{"bytes":"VklE"}}},{"images":[""]},{"text":"image"}]}},
			"output":{"outputContentType":"application/json","outputTokenCount":7,"outputBodyJson":{}}}`,
		},
		"an event stream": {
			toGroup(),
			call{operation: "ConverseStream", body: `{}`, record: served(), answer: frames("messageStop", `{"p":"abc","stopReason":"end_turn"}`, "metadata", `{"usage":{},"p":"a"}`)},
			`"operation":"ConverseStream","modelId":"us.amazon.nova-lite-v1:0","inferenceRegion":"us-west-2",
			"input":{` + counts + `,"inputBodyJson":{}},
			"output":{"outputContentType":"application/json","outputTokenCount":7,"outputBodyJson":[{"messageStop":{"stopReason":"end_turn"}},{"metadata":{"usage":{}}}]}}`,
		},
		"chunks of a family's own": {
			toGroup(),
			call{operation: "InvokeModelWithResponseStream", body: `{}`, record: served(), answer: frames("chunk", `{"bytes":"eyJ0eXBlIjoicGluZyJ9","p":"ab"}`)},
			`"operation":"InvokeModelWithResponseStream","modelId":"us.amazon.nova-lite-v1:0","inferenceRegion":"us-west-2",
			"input":{` + counts + `,"inputBodyJson":{}},
			"output":{"outputContentType":"application/json","outputTokenCount":7,"outputBodyJson":[{"type":"ping"}]}}`,
		},
		"server-sent events": {
			toGroup(),
			call{operation: "CreateChatCompletion", body: `{}`, record: served(), answer: answering("text/event-stream; charset=utf-8", "event: x\ndata: {\"a\":1}\n\ndata: [DONE]\n\n")},
			`"operation":"CreateChatCompletion","modelId":"us.amazon.nova-lite-v1:0","inferenceRegion":"us-west-2",
			"input":{` + counts + `,"inputBodyJson":{}},
			"output":{"outputContentType":"application/json","outputTokenCount":7,"outputBodyJson":[{"a":1}]}}`,
		},
		"a call that failed before it was one": {
			toGroup(),
			call{
				operation: "Converse", path: "/model/arn%3Aaws%3Ax%2Fy/converse", body: `{"broken`, answer: answering("application/json", `{"message":"no"}`),
				err: fault.New(fault.Serialization, "no"),
			},
			`"operation":"Converse","modelId":"arn:aws:x/y","errorCode":"SerializationException","input":{"inputContentType":"application/json","inputTokenCount":0}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLogs(t)
			l.put(tt.config)
			if tt.call.path == "" {
				tt.call.path = "/model/x/converse"
			}
			l.do(tt.call)
			l.close()
			if diff := cmp.Diff(pretty(t, envelope+tt.want), pretty(t, l.group("calls"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// frames answers with events, given as name and payload in turn.
func frames(events ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		for i := 0; i < len(events); i += 2 {
			b := awswire.OpenFrame(nil, awswire.EventHeaders(events[i]))
			w.Write(awswire.CloseFrame(append(b, events[i+1]...), 0))
		}
	}
}

func TestLargeBodiesGoToFilesOfTheirOwn(t *testing.T) {
	l := newLogs(t)
	c := toGroup()
	c.S3 = &invocationlog.Bucket{Name: "bucket-a", KeyPrefix: "logs/"}
	l.put(c)
	large := `{"text":"` + strings.Repeat("x", 100_000) + `"}`
	for range 2 {
		l.do(call{operation: "Converse", path: "/model/x/converse", body: large, record: served(), answer: answering("application/json", `{}`)})
	}
	l.close()
	const base = "logs/AWSLogs/111122223333/BedrockModelInvocationLogs/"
	const hour = base + "us-east-1/2026/07/13/14/"
	var batches []string
	for name, text := range l.objects("s3") {
		switch key := strings.TrimPrefix(name, "s3/bucket-a/"); {
		case key == base+"amazon-bedrock-logs-permission-check":
		case key == hour+"data/"+requestID+"_input.json.gz":
			if text != large {
				t.Errorf("the body's file holds %d bytes, want %d", len(text), len(large))
			}
		case regexp.MustCompile(`^` + hour + `\d{8}T\d{9}Z_[0-9a-f]{16}\.json\.gz$`).MatchString(key):
			batches = append(batches, text)
		default:
			t.Errorf("unexpected file %s", name)
		}
	}
	if len(batches) != 1 || strings.Count(batches[0], "\n") != 2 ||
		!strings.Contains(batches[0], `"inputBodyS3Path":"s3://bucket-a/`+hour+`data/`+requestID+`_input.json.gz"`) {
		t.Errorf("batches: %q", batches)
	}
	if lines := l.group("calls"); strings.Contains(lines, "inputBody") {
		t.Errorf("without a place for large bodies the log group got %s", lines)
	}
}

func TestNothingIsLoggedUnasked(t *testing.T) {
	l := newLogs(t)
	l.do(call{operation: "Converse", path: "/model/x/converse", record: served()})
	l.put(toGroup())
	l.do(call{operation: "CountTokens", path: "/model/x/count-tokens", record: served()})
	if err := l.Delete(t.Context(), account, region); err != nil {
		t.Fatal(err)
	}
	l.do(call{operation: "Converse", path: "/model/x/converse", record: served()})
	l.close()
	if got := l.objects("."); len(got) != 0 {
		t.Errorf("files: %v", got)
	}
}

func TestErrorCodes(t *testing.T) {
	gone, throttled := served(), served()
	gone.Failure = fault.New(fault.ClientGone, "left")
	throttled.Failure = fault.New(fault.Throttling, "slow down")
	for name, tt := range map[string]struct {
		call call
		want string
	}{
		"served":                      {call{record: served()}, ""},
		"refused":                     {call{record: throttled, err: throttled.Failure}, "ThrottlingException"},
		"never a call":                {call{err: fault.New(fault.Validation, "no")}, "ValidationException"},
		"the client left":             {call{record: gone, err: io.ErrClosedPipe}, ""},
		"the client left at the end":  {call{record: served(), err: io.ErrClosedPipe}, ""},
		"no answer could be written":  {call{record: served(), err: fault.New(fault.ModelError, "no")}, "ModelErrorException"},
		"something nobody classified": {call{err: io.ErrClosedPipe}, "InternalServerException"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLogs(t)
			l.put(toGroup())
			tt.call.operation, tt.call.path = "ConverseStream", "/model/x/converse-stream"
			l.do(tt.call)
			l.close()
			var got struct{ ErrorCode string }
			if err := json.Unmarshal([]byte(strings.TrimSpace(l.group("calls"))), &got, json.MatchCaseInsensitiveNames(true)); err != nil || got.ErrorCode != tt.want {
				t.Errorf("got %q (%v), want %q", got.ErrorCode, err, tt.want)
			}
		})
	}
}

func TestDeepBodiesHideNoCall(t *testing.T) {
	l := newLogs(t)
	l.put(toGroup())
	l.do(call{operation: "Converse", path: "/model/x/converse", record: served(), body: strings.Repeat("[", 9999) + strings.Repeat("]", 9999)})
	l.close()
	if got := l.group("calls"); !strings.Contains(got, `"inputTokenCount":11`) || strings.Contains(got, "inputBodyJson") {
		t.Errorf("got %.300s", got)
	}
}

func TestSecretsStayOut(t *testing.T) {
	l := newLogs(t)
	l.put(toGroup())
	l.do(call{operation: "Converse", path: "/model/x/converse", record: served(), body: `{}`})
	l.close()
	if got := l.group("calls"); got == "" || strings.Contains(got, "AKIA") {
		t.Errorf("got %q", got)
	}
}
