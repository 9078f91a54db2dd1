package server

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/sigv4"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var key = identity.AccessKey{
	ID: "AKIAEXAMPLE", Secret: identity.NewSecret("secret"),
	Principal: identity.Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/admin"},
}

type keys struct{}

func (keys) AccessKey(id, _ string, _ time.Time) (identity.AccessKey, error) {
	if id != key.ID {
		return identity.AccessKey{}, fault.New(fault.UnrecognizedClient, sigv4.InvalidToken)
	}
	return key, nil
}

func (keys) APIKey(text string, _ time.Time) (identity.Principal, arn.Region, error) {
	switch text {
	case "good-key":
		return key.Principal, "", nil
	case "sydney-key":
		return key.Principal, "ap-southeast-2", nil
	}
	return identity.Principal{}, "", fault.New(fault.InvalidAPIKey, "Authentication failed: Please make sure your API Key is valid.")
}

// edge is a running server over one small service.
type edge struct {
	*Server
	stop   context.CancelFunc
	served chan error
	log    bytes.Buffer // read only once the server has stopped
	gate   chan struct{}
	inside chan struct{}
}

func start(t *testing.T, change func(*Options)) *edge {
	t.Helper()
	e := &edge{served: make(chan error, 1), gate: make(chan struct{}), inside: make(chan struct{}, 8)}
	o := Options{
		Listen: "127.0.0.1:0",
		Authenticators: []Authenticator{
			Bearer{keys{}, "eu-west-1"},
			Signatures{sigv4.NewVerifier(keys{}, sigv4.Options{Services: []sigv4.Service{{Name: "bedrock"}}})},
		},
		APIs:    []API{{SigningName: "bedrock", Service: e.service(), Unsigned: []string{"hello"}}, {SigningName: "ce", Service: e.reports()}},
		Region:  "eu-north-1",
		Metrics: NewMetrics("test", MetricsOptions{}),
		Limits: Limits{
			Body: 1 << 20, HeaderTimeout: 10 * time.Second, BodyTimeout: 10 * time.Second,
			WriteTimeout: 10 * time.Second, DrainTimeout: 10 * time.Second,
		},
		Log: slog.New(slog.NewTextHandler(&e.log, nil)),
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	e.Server = s
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	go func() { e.served <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-e.served; err != nil {
			t.Errorf("the server ended with %v", err)
		}
		e.served <- nil
	})
	return e
}

// service has an operation for each thing that can happen to a request.
func (e *edge) service() *awswire.Service {
	op := func(method, path string, h awswire.Handler) awswire.Operation {
		return awswire.Operation{Name: strings.Trim(path, "/"), Method: method, Path: path, Handle: h}
	}
	return awswire.NewService("test", awswire.RESTJSON{},
		op("POST", "/echo", func(_ context.Context, r *awswire.Request, w *awswire.Response) error {
			return w.JSON(200, fmt.Appendf(nil, `{"bytes":%d,"region":%q,"by":%q}`, len(r.Call.Body), r.Call.Region, r.Call.Principal.ARN))
		}),
		op("POST", "/hello", func(_ context.Context, r *awswire.Request, w *awswire.Response) error {
			return w.JSON(200, fmt.Appendf(nil, `{"region":%q,"by":%q}`, r.Call.Region, r.Call.Principal.ARN))
		}),
		op("GET", "/panic", func(context.Context, *awswire.Request, *awswire.Response) error { panic("oh no") }),
		op("GET", "/late-panic", func(_ context.Context, _ *awswire.Request, w *awswire.Response) error {
			_ = w.Bytes(200, []byte("half"))
			panic("too late")
		}),
		op("GET", "/private", func(context.Context, *awswire.Request, *awswire.Response) error {
			return fmt.Errorf("the password is hunter2")
		}),
		op("GET", "/wait", func(ctx context.Context, _ *awswire.Request, w *awswire.Response) error {
			e.inside <- struct{}{}
			select {
			case <-e.gate:
				return w.JSON(200, []byte(`{}`))
			case <-ctx.Done():
				e.inside <- struct{}{}
				return fault.New(fault.ClientGone, "gone")
			}
		}),
	)
}

// reports is a service of another name, which API keys do not open.
func (e *edge) reports() *awswire.Service {
	s := awswire.NewService("reports", awswire.RESTJSON{}, awswire.Operation{
		Name: "report", Method: "POST", Path: "/report", Handle: func(_ context.Context, _ *awswire.Request, w *awswire.Response) error {
			return w.JSON(200, []byte(`{}`))
		},
	})
	s.Under = []string{"/report"}
	return s
}

func (e *edge) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, e.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sigv4.Sign(r, []byte(body), key, "us-east-1", "bedrock", time.Now())
	return r
}

// say is an answer in one line: status, error name, body.
func say(t *testing.T, c *http.Client, r *http.Request) string {
	t.Helper()
	resp, err := c.Do(r)
	if err != nil {
		return "no answer"
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return "half an answer"
	}
	name, _, _ := strings.Cut(resp.Header.Get("X-Amzn-Errortype"), ":")
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", resp.StatusCode, name, b))
}

func client(t *testing.T) *http.Client {
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func TestRequests(t *testing.T) {
	e := start(t, nil)
	unsigned := func(method, path, body string) *http.Request {
		r, _ := http.NewRequest(method, e.URL()+path, strings.NewReader(body))
		return r
	}
	foreign := e.request(t, "POST", "/echo", "x")
	sigv4.Sign(foreign, []byte("x"), key, "us-east-1", "s3", time.Now())
	for name, c := range map[string]struct {
		r    *http.Request
		want string
	}{
		"a signed call":            {e.request(t, "POST", "/echo", "hello"), `200  {"bytes":5,"region":"us-east-1","by":"arn:aws:iam::111122223333:user/admin"}`},
		"no signature":             {unsigned("POST", "/echo", "hello"), `403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}`},
		"another service":          {foreign, `403 InvalidSignatureException {"message":"Credential should be scoped to correct service: 'bedrock'. "}`},
		"no such path":             {e.request(t, "POST", "/nowhere", "{}"), `404 UnknownOperationException {"message":"The requested operation is not recognized by the service."}`},
		"no such method":           {e.request(t, "PUT", "/echo", "{}"), `404 UnknownOperationException {"message":"The requested operation is not recognized by the service."}`},
		"an unclean path":          {e.request(t, "POST", "//echo/../echo", "{}"), `404 UnknownOperationException {"message":"The requested operation is not recognized by the service."}`},
		"a body over the limit":    {e.request(t, "POST", "/echo", strings.Repeat("x", 1<<20+1)), `413 RequestEntityTooLargeException {"message":"The request body is larger than 1048576 bytes."}`},
		"a body at the limit":      {e.request(t, "POST", "/echo", strings.Repeat("x", 1<<20)), `200  {"bytes":1048576,"region":"us-east-1","by":"arn:aws:iam::111122223333:user/admin"}`},
		"a panic":                  {e.request(t, "GET", "/panic", ""), `500 InternalServerException {"message":"The system encountered an unexpected error during processing. Try your request again."}`},
		"a panic after the answer": {e.request(t, "GET", "/late-panic", ""), "no answer"},
		"an error nobody named":    {e.request(t, "GET", "/private", ""), `500 InternalServerException {"message":"The system encountered an unexpected error during processing. Try your request again."}`},
		"alive":                    {unsigned("GET", "/livez", ""), "200  ok"},
		"ready":                    {unsigned("GET", "/readyz", ""), "200  ok"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := say(t, client(t), c.r); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestABodyOfUnknownLengthIsBoundedToo(t *testing.T) {
	e := start(t, nil)
	r := e.request(t, "POST", "/echo", "")
	r.Body, r.ContentLength = io.NopCloser(io.LimitReader(zeros{}, 2<<20)), -1
	if got := say(t, client(t), r); !strings.HasPrefix(got, "413 RequestEntityTooLargeException") && got != "no answer" {
		t.Error(got)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func TestHTTP2WithoutTLS(t *testing.T) {
	e := start(t, nil)
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr}).Do(e.request(t, "POST", "/echo", "hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != 200 {
		t.Errorf("%s %s", resp.Proto, resp.Status)
	}
}

func TestTheBodyIsAskedFor(t *testing.T) {
	e := start(t, nil)
	c := client(t)
	c.Transport.(*http.Transport).ExpectContinueTimeout = time.Minute
	r := e.request(t, "POST", "/echo", "hello")
	r.Header.Set("Expect", "100-continue")
	if got := say(t, c, r); !strings.HasPrefix(got, "200") {
		t.Error(got)
	}
}

// A client that sends half a body and stops is answered, not waited for.
func TestSlowBodies(t *testing.T) {
	e := start(t, func(o *Options) { o.Limits.BodyTimeout = 20 * time.Millisecond })
	c, err := net.Dial("tcp", strings.TrimPrefix(e.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Error(resp.Status)
	}
}

func TestAClientThatLeavesEndsItsCall(t *testing.T) {
	e := start(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan string)
	go func() { done <- say(t, client(t), e.request(t, "GET", "/wait", "").WithContext(ctx)) }()
	<-e.inside
	cancel()
	<-e.inside // the operation saw its context end
	if got := <-done; got != "no answer" {
		t.Error(got)
	}
}

func TestShutdownDrains(t *testing.T) {
	e := start(t, nil)
	done := make(chan string)
	go func() { done <- say(t, client(t), e.request(t, "GET", "/wait", "")) }()
	<-e.inside
	e.stop()
	for { // until the listener is closed
		c, err := net.Dial("tcp", strings.TrimPrefix(e.URL(), "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
	e.gate <- struct{}{}
	if got := <-done; got != "200  {}" {
		t.Error(got)
	}
}

func TestWhatDoesNotDrainInTimeIsCut(t *testing.T) {
	e := start(t, func(o *Options) { o.Limits.DrainTimeout = time.Millisecond })
	done := make(chan string)
	go func() { done <- say(t, client(t), e.request(t, "GET", "/wait", "")) }()
	<-e.inside
	e.stop()
	if got := <-done; got != "no answer" {
		t.Error(got)
	}
}

func TestAPortInUse(t *testing.T) {
	e := start(t, nil)
	_, err := New(Options{Listen: strings.TrimPrefix(e.URL(), "http://"), Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("%v", err)
	}
}

func TestMetricsCountAnswers(t *testing.T) {
	e := start(t, nil)
	say(t, client(t), e.request(t, "POST", "/echo", "x"))
	r, _ := http.NewRequest("GET", e.URL()+"/metrics", nil)
	got := say(t, client(t), r)
	for _, want := range []string{`outcrop_http_requests_total{status="200"} 1`, `outcrop_build_info{version="test"} 1`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := requestID()
		if len(id) != 36 || id[14] != '4' || !strings.ContainsRune("89ab", rune(id[19])) || seen[id] {
			t.Fatal(id)
		}
		seen[id] = true
	}
}

func TestThrottledLinesCountWhatTheyHide(t *testing.T) {
	th := &throttle{every: time.Minute}
	now := time.Unix(1000, 0)
	for i, c := range []struct {
		key     string
		after   time.Duration
		dropped int
		ok      bool
	}{
		{"a", 0, 0, true},
		{"a", time.Second, 0, false},
		{"b", time.Second, 0, true},
		{"a", time.Second, 0, false},
		{"a", time.Minute, 2, true},
		{"a", time.Hour, 0, true},
	} {
		now = now.Add(c.after)
		if dropped, ok := th.allow(c.key, now); dropped != c.dropped || ok != c.ok {
			t.Errorf("%d: %d %t", i, dropped, ok)
		}
	}
}
