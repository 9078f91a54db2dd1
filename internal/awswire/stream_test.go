package awswire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errThrottled = fault.New(fault.Throttling, "slow down")

var testExceptions = StreamExceptions{
	"internalServerException", "modelStreamErrorException", "validationException", "throttlingException", "serviceUnavailableException",
}

// streaming is a service of one operation that streams with f.
func streaming(f func(ctx context.Context, s *Stream) error) *Service {
	s := NewService("test", RESTJSON{}, Operation{
		Name: "Stream", Method: "POST", Path: "/stream",
		Handle: func(ctx context.Context, _ *Request, w *Response) error {
			var out Stream
			out.Init(w, 200, testExceptions)
			out.Header().Set("X-Amzn-Bedrock-Content-Type", "application/json")
			return out.Finish(f(ctx, &out))
		},
	})
	s.Padding = func() int { return 4 }
	return s
}

// serve runs a service on a loopback listener and reports each outcome.
func serve(t *testing.T, s *Service) (url string, outcomes <-chan Outcome) {
	done := make(chan Outcome, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		done <- s.Serve(w, &Call{RequestID: "id-1", Request: r, Header: http.Header{}})
	}))
	t.Cleanup(srv.Close)
	return srv.URL, done
}

func send(s *Stream, name, payload string) error {
	return s.SendRaw(EventHeaders(name), []byte(payload))
}

// frames renders a stream, a line for each message.
func frames(t *testing.T, r io.Reader) []string {
	t.Helper()
	var list []string
	for fr := NewFrameReader(r); ; {
		f, err := fr.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, f.Get(":message-type")+" "+f.Event()+f.Exception()+" "+string(f.Payload))
	}
}

func TestStream(t *testing.T) {
	for name, test := range map[string]struct {
		operation func(context.Context, *Stream) error
		status    int
		kind      string
		frames    []string
		err       string
	}{
		"events": {
			func(_ context.Context, s *Stream) error {
				return errors.Join(send(s, "a", `{"n":1}`), send(s, "b", `{}`))
			}, 200, contentStream, []string{`event a {"n":1,"p":"abcd"}`, `event b {"p":"abcd"}`}, "",
		},
		"no event": {
			func(context.Context, *Stream) error { return nil }, 200, contentStream, nil, "",
		},
		"an error returned after an event": {
			func(_ context.Context, s *Stream) error {
				return errors.Join(send(s, "a", `{}`), errThrottled)
			}, 200, contentStream, []string{`event a {"p":"abcd"}`, `exception throttlingException {"message":"slow down"}`}, "slow down",
		},
		"an exception sent, and events after it": {
			func(_ context.Context, s *Stream) error {
				_ = send(s, "a", `{}`)
				_ = s.Exception(errThrottled)
				return send(s, "b", `{}`)
			}, 200, contentStream, []string{`event a {"p":"abcd"}`, `exception throttlingException {"message":"slow down"}`}, "the event stream has ended",
		},
		"an unclassified error after an event": {
			func(_ context.Context, s *Stream) error {
				_ = send(s, "a", `{}`)
				return errors.New("secret")
			}, 200, contentStream,
			[]string{`event a {"p":"abcd"}`, `exception internalServerException {"message":"The system encountered an unexpected error during processing. Try your request again."}`},
			"secret",
		},
		"an error before the first event": {
			func(context.Context, *Stream) error { return errThrottled }, 429, contentJSON, nil, "slow down",
		},
		"an exception before the first event": {
			func(_ context.Context, s *Stream) error { return s.Exception(errThrottled) }, 429, contentJSON, nil, "slow down",
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, outcomes := serve(t, streaming(test.operation))
			res, err := http.Post(url+"/stream", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != test.status || res.Header.Get("Content-Type") != test.kind || res.Header.Get("x-amzn-requestid") != "id-1" {
				t.Errorf("status %d, headers %v", res.StatusCode, res.Header)
			}
			if streamed := res.Header.Get("X-Amzn-Bedrock-Content-Type") != ""; streamed != (test.status == 200) {
				t.Errorf("X-Amzn-Bedrock-Content-Type on a stream and nowhere else, got %v", res.Header)
			}
			if test.status == 200 {
				if diff := cmp.Diff(test.frames, frames(t, res.Body)); diff != "" {
					t.Error(diff)
				}
			}
			out := <-outcomes
			if out.Operation != "Stream" || out.Status != test.status {
				t.Errorf("outcome %+v", out)
			}
			if got := out.Err; (got == nil) != (test.err == "") || got != nil && got.Error() != test.err {
				t.Errorf("outcome's error is %v, want %q", got, test.err)
			}
		})
	}
}

func TestStreamFlushesEachEvent(t *testing.T) {
	next := make(chan struct{})
	url, outcomes := serve(t, streaming(func(_ context.Context, s *Stream) error {
		for range 3 {
			if err := send(s, "a", `{}`); err != nil {
				return err
			}
			<-next // the reader has the event before the next one is sent
		}
		return nil
	}))
	res, err := http.Post(url+"/stream", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	r := NewFrameReader(res.Body)
	for range 3 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		next <- struct{}{}
	}
	if out := <-outcomes; out.Err != nil {
		t.Error(out.Err)
	}
}

func TestStreamBoundsAClientThatStopsReading(t *testing.T) {
	payload := bytes.Repeat([]byte("x"), 1<<20)
	s := streaming(func(_ context.Context, s *Stream) error {
		for {
			if err := s.SendRaw(EventHeaders("a"), payload); err != nil {
				return err
			}
		}
	})
	s.WriteTimeout = 50 * time.Millisecond
	url, outcomes := serve(t, s)
	conn, err := net.Dial("tcp", url[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if out := <-outcomes; !errors.As(out.Err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v, want a timeout", out.Err)
	}
}

func TestStreamEndsForAClientThatLeaves(t *testing.T) {
	left := make(chan struct{})
	url, outcomes := serve(t, streaming(func(ctx context.Context, s *Stream) error {
		if err := send(s, "a", `{}`); err != nil {
			return err
		}
		<-left
		<-ctx.Done()
		for {
			if err := send(s, "a", `{}`); err != nil {
				if again := send(s, "a", `{}`); again != err {
					t.Errorf("the next send says %v, the failed one said %v", again, err)
				}
				return err
			}
		}
	}))
	res, err := http.Post(url+"/stream", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	close(left)
	if out := <-outcomes; out.Err == nil || out.Status != 200 {
		t.Errorf("outcome %+v", out)
	}
}

func TestNearestException(t *testing.T) {
	for code, want := range map[fault.Code]string{
		fault.Internal:             "internalServerException",
		fault.Validation:           "validationException",
		fault.Serialization:        "validationException",
		fault.AccessDenied:         "validationException",
		fault.ResourceNotFound:     "validationException",
		fault.ServiceQuotaExceeded: "validationException",
		fault.Throttling:           "throttlingException",
		fault.ModelNotReady:        "throttlingException",
		fault.ModelTimeout:         "modelStreamErrorException",
		fault.ModelError:           "modelStreamErrorException",
		fault.ModelStreamError:     "modelStreamErrorException",
		fault.ServiceUnavailable:   "serviceUnavailableException",
		fault.ExpiredToken:         "validationException",
	} {
		if got := testExceptions.nearest(code); got != want {
			t.Errorf("code %d: got %s, want %s", code, got, want)
		}
	}
	if got := (StreamExceptions{"modelTimeoutException"}).nearest(fault.ModelTimeout); got != "modelTimeoutException" {
		t.Errorf("a stream that has the exception itself: got %s", got)
	}
}

func TestStreamExceptionCarriesItsMembers(t *testing.T) {
	err := &fault.Error{Code: fault.ModelStreamError, Message: "cut off", OriginalStatus: 502, OriginalMessage: "bad gateway"}
	got := frames(t, bytes.NewReader(testExceptions.AppendFrame(nil, err)))
	want := []string{`exception modelStreamErrorException {"message":"cut off","originalStatusCode":502,"originalMessage":"bad gateway"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	err = &fault.Error{Code: fault.ModelError, Message: "no", OriginalMessage: "boom", Resource: "m"}
	got = frames(t, bytes.NewReader(testExceptions.AppendFrame(nil, err)))
	if diff := cmp.Diff([]string{`exception modelStreamErrorException {"message":"no","originalMessage":"boom"}`}, got); diff != "" {
		t.Error(diff)
	}
	// A denial says "message" in a stream: the modelled exception it becomes has no other spelling.
	got = frames(t, bytes.NewReader(testExceptions.AppendFrame(nil, fault.New(fault.AccessDenied, "no"))))
	if diff := cmp.Diff([]string{`exception validationException {"message":"no"}`}, got); diff != "" {
		t.Error(diff)
	}
}
