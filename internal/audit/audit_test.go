package audit

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
)

var (
	arrived = time.Date(2026, 11, 22, 9, 30, 1, 5, time.UTC)
	admin   = identity.Principal{
		Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/admin", UserID: "AIDAEXAMPLE", AccessKeyID: "AKIAEXAMPLE", Name: "admin",
	}
	guest = identity.Principal{
		Account: "444455556666", ARN: "arn:aws:sts::444455556666:assumed-role/guest/me", UserID: "AROAEXAMPLE:me", AccessKeyID: "ASIAEXAMPLE",
		Kind: identity.AssumedRole, Name: "guest", Bearer: identity.ShortTerm,
		Session: &identity.Session{Issuer: "arn:aws:iam::444455556666:role/guest", Name: "me", Issued: arrived.Add(-time.Hour), SourceIdentity: "alice"},
	}
)

// request is one call to be audited.
type request struct {
	service, operation, path, pattern string
	body, form                        string
	who                               identity.Principal
	ran                               string
	err                               error
}

func (r request) call(t *testing.T) *awswire.Call {
	t.Helper()
	path := r.path
	if path == "" {
		path = "/"
	}
	h := httptest.NewRequest(http.MethodPost, path, nil)
	h.RemoteAddr, h.Host = "192.0.2.7:4711", "outcrop.example"
	h.Header.Set("User-Agent", "aws-cli/1")
	c := &awswire.Call{
		RequestID: "r-1", Service: r.service, Region: "us-east-1", Principal: r.who, Request: h,
		Body: []byte(r.body + r.form), Header: http.Header{}, Arrived: arrived,
	}
	if r.form != "" {
		h.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	if r.ran != "" {
		c.Header.Set("X-Outcrop-Region", r.ran)
	}
	if r.pattern != "" {
		s := awswire.NewService(r.service, awswire.RESTJSON{}, awswire.Operation{Name: r.operation, Method: "POST", Path: r.pattern})
		m, ok := s.Match("POST", h.URL.EscapedPath())
		if !ok {
			t.Fatalf("%s does not match %s", h.URL, r.pattern)
		}
		c.Match = m
	}
	return c
}

func open(t *testing.T, kind Inference) (*Trail, func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "deep", "audit.jsonl")
	trail, err := Open(Options{Path: path, Megabytes: 1, Keep: 1, Inference: kind, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = trail.Close() })
	return trail, func() string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func (r request) audit(t *testing.T, trail *Trail) {
	t.Helper()
	w, end := trail.Begin(httptest.NewRecorder(), r.call(t), r.operation)
	if w == nil {
		t.Fatal("the answer has lost its writer")
	}
	end(awswire.Outcome{Operation: r.operation, Status: 200, Err: r.err})
}

// What a line holds, as paths into it.
func TestLines(t *testing.T) {
	for name, c := range map[string]struct {
		request
		want map[string]string
	}{
		"a call of the control plane": {
			request{
				service: "bedrock", operation: "CreateInferenceProfile", path: "/inference-profiles", pattern: "/inference-profiles", who: admin,
				body: `{"inferenceProfileName":"team","description":"my secret plan","tags":[{"key":"a","value":"b"}]}`,
			},
			map[string]string{
				"eventSource": `"bedrock.amazonaws.com"`, "eventName": `"CreateInferenceProfile"`, "eventTime": `"2026-11-22T09:30:01Z"`,
				"awsRegion": `"us-east-1"`, "sourceIPAddress": `"192.0.2.7"`, "userAgent": `"aws-cli/1"`, "requestID": `"r-1"`,
				"readOnly": `false`, "eventType": `"AwsApiCall"`, "responseElements": `null`, "recipientAccountId": `"111122223333"`,
				"requestParameters": `{"description":"HIDDEN_DUE_TO_SECURITY_REASONS","inferenceProfileName":"team","tags":[{"key":"a","value":"b"}]}`,
				"userIdentity": `{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/admin",` +
					`"accountId":"111122223333","accessKeyId":"AKIAEXAMPLE","userName":"admin"}`,
				"tlsDetails": `{"clientProvidedHostHeader":"outcrop.example"}`,
			},
		},
		"a form, without what is secret": {
			request{service: "sts", operation: "AssumeRoleWithWebIdentity", form: "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn&WebIdentityToken=eyJ"},
			map[string]string{
				"eventSource": `"sts.amazonaws.com"`, "userIdentity": `{"type":"Unknown"}`,
				"requestParameters": `{"roleArn":"arn","webIdentityToken":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,
			},
		},
		"a denied inference, without its prompt": {
			request{
				service: "bedrock-runtime", operation: "Converse", path: "/model/my%20model/converse", pattern: "/model/{modelId}/converse", who: guest,
				body: `{"messages":"my secret"}`, err: fault.New(fault.AccessDenied, "User: x is not authorized"),
			},
			map[string]string{
				"eventSource": `"bedrock.amazonaws.com"`, "errorCode": `"AccessDeniedException"`, "errorMessage": `"User: x is not authorized"`,
				"requestParameters": `{"modelId":"my model"}`, "readOnly": `true`, "additionalEventData": `{"callWithBearerToken":true}`,
				"userIdentity": `{"type":"AssumedRole","principalId":"AROAEXAMPLE:me","arn":"arn:aws:sts::444455556666:assumed-role/guest/me",` +
					`"accountId":"444455556666","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE",` +
					`"arn":"arn:aws:iam::444455556666:role/guest","accountId":"444455556666","userName":"guest"},` +
					`"attributes":{"creationDate":"2026-11-22T08:30:01Z","mfaAuthenticated":"false"},"sourceIdentity":"alice"}}`,
			},
		},
		"an inference that ran elsewhere, through a door": {
			request{service: "openai", operation: "CreateChatCompletion", who: admin, body: `{"model":"m","messages":[]}`, ran: "us-west-2"},
			map[string]string{"additionalEventData": `{"inferenceRegion":"us-west-2"}`, "requestParameters": `{"modelId":"m"}`},
		},
		"an error nobody classified keeps its text": {
			request{service: "ce", operation: "GetTags", who: admin, body: `{"a":`, err: os.ErrClosed},
			map[string]string{"errorCode": `"InternalServerException"`, "requestParameters": `null`, "readOnly": `true`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			trail, read := open(t, Rerouted)
			c.audit(t, trail)
			line := read()
			if strings.Contains(line, "secret plan") || strings.Contains(line, "my secret") || strings.Contains(line, "eyJ") || strings.Contains(line, "closed") {
				t.Errorf("the line tells a secret: %s", line)
			}
			var got map[string]jsontext.Value
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatalf("%v: %q", err, line)
			}
			for member, want := range c.want {
				if diff := cmp.Diff(want, string(got[member])); diff != "" {
					t.Errorf("%s: %s", member, diff)
				}
			}
		})
	}
}

func TestWhichInferenceIsKept(t *testing.T) {
	here := request{service: "bedrock-runtime", operation: "Converse", who: admin, ran: "us-east-1"}
	there, denied, failed := here, here, here
	there.ran = "us-west-2"
	denied.err = fault.New(fault.AccessDenied, "no")
	failed.err = fault.New(fault.Throttling, "wait")
	for kind, want := range map[Inference]int{Denied: 1, Rerouted: 2, All: 4} {
		trail, read := open(t, kind)
		for _, r := range []request{here, there, denied, failed} {
			r.audit(t, trail)
		}
		if got := strings.Count(read(), "\n"); got != want {
			t.Errorf("%s keeps %d lines, want %d", kind, got, want)
		}
	}
}

func TestATrailThatCannotBeWrittenIsToldOnce(t *testing.T) {
	trail, _ := open(t, All)
	var said bytes.Buffer
	trail.log = slog.New(slog.NewTextHandler(&said, nil))
	trail.out = broken{}
	for range 3 {
		request{service: "iam", operation: "ListUsers", who: admin}.audit(t, trail)
	}
	if n := strings.Count(said.String(), "cannot be written"); n != 1 {
		t.Errorf("told %d times: %s", n, said.String())
	}
}

func TestATrailIsKnownToFailAtTheStart(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: filepath.Join(blocked, "audit.jsonl")}); err == nil {
		t.Error("a trail below a file was opened")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }
func (broken) Close() error              { return nil }
