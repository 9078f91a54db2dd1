package awswire

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/fault"
)

// lastWords is an ErrorFrame.
type lastWords struct{}

func (lastWords) AppendFrame(dst []byte, err error) []byte {
	return AppendEvent(dst, "error", fault.Public(err).Message)
}

func TestServerSentEvents(t *testing.T) {
	broke := fault.New(fault.ModelStreamError, "It broke.")
	for name, c := range map[string]struct {
		send   []string
		err    error
		status int
		kind   string
		want   string
	}{
		"events":             {[]string{"a", "b"}, nil, 200, "text/event-stream; charset=utf-8", "event: x\ndata: a\n\ndata: b\n\n"},
		"nothing":            {nil, nil, 200, "text/event-stream; charset=utf-8", ""},
		"an error at once":   {nil, broke, 424, "application/json", `{"message":"It broke."}`},
		"an error later":     {[]string{"a"}, broke, 200, "text/event-stream; charset=utf-8", "event: x\ndata: a\n\nevent: error\ndata: It broke.\n\n"},
		"an unknown problem": {[]string{"a"}, errors.New("secret"), 200, "text/event-stream; charset=utf-8", "event: x\ndata: a\n\nevent: error\ndata: The system encountered an unexpected error during processing. Try your request again.\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := NewService("test", RESTJSON{}, Operation{Name: "Op", Method: "GET", Path: "/", Handle: func(_ context.Context, r *Request, w *Response) error {
				r.Call.Header.Set("X-Own", "yes")
				var out Stream
				out.InitEvents(w, lastWords{})
				for i, data := range c.send {
					if err := out.Send(AppendEvent(out.Buffer(), map[int]string{0: "x"}[i], data)); err != nil {
						return out.Finish(err)
					}
				}
				return out.Finish(c.err)
			}})
			rec := httptest.NewRecorder()
			s.Serve(rec, &Call{RequestID: "id", Request: httptest.NewRequest("GET", "/", nil), Header: http.Header{}, Arrived: time.Now()})
			got := []any{rec.Code, rec.Header().Get("Content-Type"), rec.Body.String(), rec.Header().Get("X-Own"), rec.Header().Get("X-Amzn-Requestid")}
			if diff := cmp.Diff([]any{c.status, c.kind, c.want, "yes", "id"}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWriteErrorBody(t *testing.T) {
	e := fault.New(fault.Throttling, "Wait.")
	e.RetryAfter = 1200*time.Millisecond + 1
	rec := httptest.NewRecorder()
	status := WriteErrorBody(rec, &Call{RequestID: "id", Header: http.Header{"X-Own": {"yes"}}}, e, 429, []byte(`{"error":{}}`))
	want := http.Header{
		"X-Own": {"yes"}, "X-Amzn-Requestid": {"id"}, "X-Amzn-Errortype": {"ThrottlingException"}, "Content-Type": {"application/json"},
		"Content-Length": {"12"}, "Retry-After": {"2"}, "Retry-After-Ms": {"1201"},
	}
	if diff := cmp.Diff(want, rec.Header()); diff != "" || status != 429 || rec.Code != 429 || rec.Body.String() != `{"error":{}}` {
		t.Errorf("status %d, body %s, headers (-want +got):\n%s", status, rec.Body, diff)
	}
	rec = httptest.NewRecorder()
	e.Code = fault.Validation
	if WriteErrorBody(rec, &Call{Header: http.Header{}}, e, 400, nil); rec.Header().Get("Retry-After") != "" {
		t.Error("a caller's mistake says when to come back")
	}
}
