package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
)

// signed makes a request as an SDK signs it. path is the raw request target.
func (s *server) signed(t *testing.T, method, path string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(withPatience(t), method, s.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s %q: %v", method, path, err)
	}
	r.Header.Set("Content-Type", "application/json")
	s.sign(t, r, body)
	return r
}

// sign signs a request with the administrator's key.
func (s *server) sign(t *testing.T, r *http.Request, body []byte) {
	t.Helper()
	k, sum := s.credentials(), sha256.Sum256(body)
	credentials := aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret}
	err := v4.NewSigner().SignHTTP(context.Background(), credentials, r, hex.EncodeToString(sum[:]), "bedrock", "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
}

// reply is an HTTP reply, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

func send(t *testing.T, client *http.Client, r *http.Request) reply {
	t.Helper()
	resp, err := client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return reply{resp.StatusCode, resp.Header, string(body)}
}

// question is a Converse body.
const question = `{"messages":[{"role":"user","content":[{"text":"What is an outcrop?"}]}]}`

// onProtocol is a client that speaks one protocol only, and counts what it spoke.
func onProtocol(t *testing.T, h2 bool) (*http.Client, *atomic.Int64) {
	t.Helper()
	p := new(http.Protocols)
	p.SetHTTP1(!h2)
	p.SetUnencryptedHTTP2(h2)
	transport := &http.Transport{Protocols: p}
	t.Cleanup(transport.CloseIdleConnections)
	spoken := new(atomic.Int64)
	return &http.Client{Transport: counting{transport, spoken, map[bool]int{false: 1, true: 2}[h2]}}, spoken
}

// counting counts the replies of one HTTP version.
type counting struct {
	next  http.RoundTripper
	count *atomic.Int64
	major int
}

// RoundTrip sends r and looks at the reply's version.
func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err == nil && resp.ProtoMajor == c.major {
		c.count.Add(1)
	}
	return resp, err
}

func TestTheSDKSpeaksBothHTTPVersions(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	for _, h2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP/1.1", true: "h2c"}[h2], func(t *testing.T) {
			t.Parallel()
			doer, spoken := onProtocol(t, h2)
			c := s.clientWith(access{keys: s.credentials(), http: doer})
			arn := c.createProfile(t, "by "+map[bool]string{false: "one", true: "two"}[h2], profileARN("us-east-1", claudeProfile))
			out, err := c.converse(t, arn, "What is an outcrop?")
			if err != nil {
				t.Fatal(err)
			}
			streamed, _, err := c.stream(t, arn, "What is an outcrop?")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(textOrder(), streamed.order); diff != "" || streamed.text != answer(t, out) {
				t.Errorf("streamed %q, whole %q, events (-want +got):\n%s", streamed.text, answer(t, out), diff)
			}
			if n := spoken.Load(); n != 3 {
				t.Errorf("%d of 3 replies came over the wanted version", n)
			}
		})
	}
}

// ARNs reach the server with everything escaped, with the slash escaped, or as they are.
func TestARNsMayBeEscapedInThreeWays(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	client, _ := onProtocol(t, false)
	arn := profileARN("us-east-1", claudeProfile)
	slash := strings.ReplaceAll(arn, "/", "%2F")
	for name, segment := range map[string]string{
		"all escaped": strings.ReplaceAll(slash, ":", "%3A"), "slash escaped": slash, "as it is": arn,
	} {
		got := send(t, client, s.signed(t, http.MethodPost, "/model/"+segment+"/converse", []byte(question)))
		if got.status != http.StatusOK {
			t.Errorf("%s: status %d: %s", name, got.status, got.body)
		}
		got = send(t, client, s.signed(t, http.MethodGet, "/inference-profiles/"+segment, nil))
		if got.status != http.StatusOK || !strings.Contains(got.body, `"SYSTEM_DEFINED"`) {
			t.Errorf("%s: GetInferenceProfile: status %d: %s", name, got.status, got.body)
		}
	}
}

func TestExpectContinueIsAnswered(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	transport := &http.Transport{ExpectContinueTimeout: patience}
	t.Cleanup(transport.CloseIdleConnections)
	r := s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/converse", []byte(question))
	r.Header.Set("Expect", "100-continue")
	continued := false
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{Got100Continue: func() { continued = true }}))
	if got := send(t, &http.Client{Transport: transport}, r); got.status != http.StatusOK {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	if !continued {
		t.Error("no 100 Continue came")
	}
}

func TestABodyOverTheLimitIsRefusedClearly(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	head, tail := `{"messages":[{"role":"user","content":[{"text":"`, `"}]}]}`
	for _, h2 := range []bool{false, true} {
		client, _ := onProtocol(t, h2)
		body := []byte(head + strings.Repeat("x", 25_000_001) + tail)
		r := s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/converse", body)
		got := send(t, client, r)
		checkRefusal(t, "25 MB and more", got)
		if !strings.Contains(got.body, "25") {
			t.Errorf("the refusal does not name the limit: %s", got.body)
		}
		body = body[:2000]
		copy(body[len(body)-len(tail):], tail)
		if got := send(t, client, s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/converse", body)); got.status != http.StatusOK {
			t.Errorf("the next call: status %d: %s", got.status, got.body)
		}
	}
}

// checkRefusal asserts that a reply is AWS's kind of client error.
func checkRefusal(t *testing.T, what string, got reply) {
	t.Helper()
	if got.status < 400 || got.status > 499 {
		t.Errorf("%s: status %d, want a 4xx: %.300s", what, got.status, got.body)
		return
	}
	var document struct{ Message string } // encoding/json takes either spelling
	if err := json.Unmarshal([]byte(got.body), &document); err != nil || document.Message == "" {
		t.Errorf("%s: status %d with the body %q: want a JSON object with a message", what, got.status, got.body)
	}
	if got.header.Get("X-Amzn-Errortype") == "" || got.header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("%s: error type %q, request id %q", what, got.header.Get("X-Amzn-Errortype"), got.header.Get("X-Amzn-Requestid"))
	}
}
