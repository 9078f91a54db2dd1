package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	bedrocktypes "github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// What the tests call. The catalog's facts about them are AWS's.
const (
	account = "111122223333"
	// claude can be called by its bare id in us-east-1 and through us.…, which runs in us-east-1 or us-west-2 then.
	claude        = "anthropic.claude-3-5-sonnet-20240620-v1:0"
	claudeProfile = "us." + claude
	// wideProfile runs in us-east-1, us-east-2 or us-west-2 when it is called in us-east-1.
	wideProfile = "us.anthropic.claude-3-5-sonnet-20241022-v2:0"
	// profileOnly cannot be called by its bare id anywhere.
	profileOnly = "anthropic.claude-sonnet-4-5-20250929-v1:0"
	titan       = "amazon.titan-embed-text-v2:0"
)

func modelARN(region, id string) string {
	return "arn:aws:bedrock:" + region + "::foundation-model/" + id
}

func profileARN(region, id string) string {
	return "arn:aws:bedrock:" + region + ":" + account + ":inference-profile/" + id
}

// client is the Go SDK's two clients of one server.
type client struct {
	control *bedrock.Client
	runtime *bedrockruntime.Client
	options bedrockruntime.Options // of runtime
}

// forStream is a runtime client for one stream. The SDK (smithy-go v1.28.8) reads all streams of one client
// into one buffer, so that streams at the same time would see each other's events.
func (c client) forStream() *bedrockruntime.Client { return bedrockruntime.New(c.options) }

// access is how a client reaches a server.
type access struct {
	keys   keys
	region string        // "" for us-east-1
	http   *http.Client  // nil for the SDK's own
	clock  time.Duration // how far the client's clock is off
}

// client makes clients that use the administrator's key and never retry.
func (s *server) client() client {
	s.t.Helper()
	return s.clientWith(access{keys: s.credentials()})
}

// instantClient is client for servers that stream their answers faster than a client finishes writing. The SDK
// closes a request's body when the head of the reply is in, which net/http, not done with the body yet, takes
// for a failed write, and cuts the connection under the stream.
func (s *server) instantClient() client {
	s.t.Helper()
	return s.clientWith(access{keys: s.credentials(), http: atOnce(new(http.Transport))})
}

// atOnce sends requests whole, by a transport that the test's end need not close: the server's end does.
func atOnce(next http.RoundTripper) *http.Client { return &http.Client{Transport: inMemory{next}} }

// inMemory replaces a request's body by one that net/http knows to be in memory, and so writes with the head.
type inMemory struct{ next http.RoundTripper }

// RoundTrip sends a copy of r.
func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		return m.next.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err = errors.Join(err, r.Body.Close()); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return m.next.RoundTrip(r)
}

func (s *server) clientWith(a access) client {
	if a.region == "" {
		a.region = "us-east-1"
	}
	provider := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: a.keys.id, SecretAccessKey: a.keys.secret}, nil
	})
	control := bedrock.Options{BaseEndpoint: &s.url, Region: a.region, Credentials: provider, RetryMaxAttempts: 1}
	runtime := bedrockruntime.Options{BaseEndpoint: &s.url, Region: a.region, Credentials: provider, RetryMaxAttempts: 1}
	if a.http != nil {
		control.HTTPClient, runtime.HTTPClient = a.http, a.http
	}
	if a.clock != 0 {
		runtime.HTTPSignerV4 = wrongClock{v4.NewSigner(), a.clock}
	}
	return client{bedrock.New(control), bedrockruntime.New(runtime), runtime}
}

// wrongClock signs as if it were another time.
type wrongClock struct {
	signer *v4.Signer
	off    time.Duration
}

// SignHTTP signs with the wrong time.
func (w wrongClock) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, now time.Time, o ...func(*v4.SignerOptions)) error {
	return w.signer.SignHTTP(ctx, c, r, hash, service, region, now.Add(w.off), o...)
}

// createProfile makes an application profile over source and returns its ARN.
func (c client) createProfile(t *testing.T, name, source string, tags ...bedrocktypes.Tag) string {
	t.Helper()
	out, err := c.control.CreateInferenceProfile(withPatience(t), &bedrock.CreateInferenceProfileInput{
		InferenceProfileName: &name, Tags: tags,
		ModelSource: &bedrocktypes.InferenceProfileModelSourceMemberCopyFrom{Value: source},
	})
	if err != nil {
		t.Fatalf("create %s over %s: %v", name, source, err)
	}
	if out.Status != bedrocktypes.InferenceProfileStatusActive {
		t.Errorf("a new profile has status %q, want ACTIVE", out.Status)
	}
	return *out.InferenceProfileArn
}

// ask is a conversation of one question.
func ask(text string) []types.Message {
	return []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: text}}}}
}

// converse asks one question and returns the answer.
func (c client) converse(t *testing.T, model, text string) (*bedrockruntime.ConverseOutput, error) {
	t.Helper()
	return c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{ModelId: &model, Messages: ask(text)})
}

// answer is the text of a whole answer.
func answer(t *testing.T, out *bedrockruntime.ConverseOutput) string {
	t.Helper()
	message, ok := out.Output.(*types.ConverseOutputMemberMessage)
	if !ok {
		t.Fatalf("the output is a %T, want a message", out.Output)
	}
	var b strings.Builder
	for _, block := range message.Value.Content {
		if text, ok := block.(*types.ContentBlockMemberText); ok {
			b.WriteString(text.Value)
		}
	}
	return b.String()
}

// streamed is what a ConverseStream brought.
type streamed struct {
	order []string // of the events, runs of deltas as one
	text  string
	tool  string // the input of a tool use
	stop  types.StopReason
	usage *types.TokenUsage
}

func (s *streamed) saw(event string) {
	if n := len(s.order); n == 0 || s.order[n-1] != event {
		s.order = append(s.order, event)
	}
}

// note takes one event in.
func (s *streamed) note(event types.ConverseStreamOutput) {
	switch e := event.(type) {
	case *types.ConverseStreamOutputMemberMessageStart:
		s.saw("messageStart")
	case *types.ConverseStreamOutputMemberContentBlockStart:
		s.saw("contentBlockStart")
	case *types.ConverseStreamOutputMemberContentBlockDelta:
		s.saw("contentBlockDelta")
		switch d := e.Value.Delta.(type) {
		case *types.ContentBlockDeltaMemberText:
			s.text += d.Value
		case *types.ContentBlockDeltaMemberToolUse:
			s.tool += aws.ToString(d.Value.Input)
		}
	case *types.ConverseStreamOutputMemberContentBlockStop:
		s.saw("contentBlockStop")
	case *types.ConverseStreamOutputMemberMessageStop:
		s.saw("messageStop")
		s.stop = e.Value.StopReason
	case *types.ConverseStreamOutputMemberMetadata:
		s.saw("metadata")
		s.usage = e.Value.Usage
	}
}

// textOrder is the order of events of an answer that is one text.
func textOrder() []string {
	return []string{"messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"}
}

// stream asks one question and reads the whole streamed answer. The error is the stream's or the call's.
func (c client) stream(t *testing.T, model, text string) (*streamed, http.Header, error) {
	t.Helper()
	out, err := c.forStream().ConverseStream(withPatience(t), &bedrockruntime.ConverseStreamInput{ModelId: &model, Messages: ask(text)})
	if err != nil {
		return nil, nil, err
	}
	s := new(streamed)
	events := out.GetStream()
	defer events.Close()
	for e := range events.Events() {
		s.note(e)
	}
	return s, headers(t, out.ResultMetadata), events.Err()
}

// headers are those of the reply behind an output.
func headers(t *testing.T, m middleware.Metadata) http.Header {
	t.Helper()
	raw, ok := awsmiddleware.GetRawResponse(m).(*smithyhttp.Response)
	if !ok {
		t.Fatal("the SDK kept no raw response")
	}
	return raw.Header
}

// failure asserts that err is an HTTP error reply of type E and returns it with its status and headers.
func failure[E error](t *testing.T, err error, status int) (E, http.Header) {
	t.Helper()
	var typed E
	if !errors.As(err, &typed) {
		t.Fatalf("the error is %v (%T), want a %T", err, err, typed)
	}
	var reply *smithyhttp.ResponseError
	if !errors.As(err, &reply) {
		t.Fatalf("the error %v has no HTTP reply", err)
	}
	if got := reply.HTTPStatusCode(); got != status {
		t.Errorf("%T with status %d, want %d", typed, got, status)
	}
	return typed, reply.Response.Header
}
