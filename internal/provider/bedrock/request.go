package bedrock

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/upstream"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// operation is a path behind the model's name.
type operation string

const (
	converse       operation = "/converse"
	converseStream operation = "/converse-stream"
	invoke         operation = "/invoke"
	invokeStream   operation = "/invoke-with-response-stream"
	countTokens    operation = "/count-tokens"
)

// The types of bodies.
const (
	typeJSON   = "application/json"
	typeStream = "application/vnd.amazon.eventstream"
)

// outgoing is one request on its way.
type outgoing struct {
	*provider.Request
	operation operation
	header    http.Header
	body      []byte
}

// newOutgoing begins a request with the headers that every one has.
func newOutgoing(r *provider.Request, op operation, accept string, body []byte) *outgoing {
	return &outgoing{r, op, http.Header{"Content-Type": {typeJSON}, "Accept": {accept}, "User-Agent": {"outcrop"}}, body}
}

// invokeHeader adds the headers of InvokeModel that concern the model.
func (o *outgoing) invokeHeader(in *chat.InvokeOptions) {
	if in == nil {
		return
	}
	accept := "Accept"
	if o.operation == invokeStream {
		accept = "X-Amzn-Bedrock-Accept" // Accept asks for the stream itself
	}
	for _, f := range [...]struct{ name, value string }{
		{"Content-Type", in.ContentType},
		{accept, in.Accept},
		{"X-Amzn-Bedrock-Trace", in.Trace},
		{"X-Amzn-Bedrock-Guardrailidentifier", in.GuardrailID},
		{"X-Amzn-Bedrock-Guardrailversion", in.GuardrailVersion},
		{"X-Amzn-Bedrock-Performanceconfig-Latency", in.Latency},
		{"X-Amzn-Bedrock-Service-Tier", in.Tier},
		{"X-Amzn-Bedrock-Request-Metadata", in.RequestMetadata},
	} {
		if f.value != "" {
			o.header[f.name] = []string{f.value}
		}
	}
}

// call sends a request and returns the response when its status is 200. A connection that was reset before an answer
// came is tried once more at once.
func (p *Provider) call(ctx context.Context, o *outgoing) (*upstream.Response, error) {
	s, err := p.site(o.Region)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, upstream.Unavailable)
	}
	r, err := p.write(ctx, s, o)
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(ctx, r)
	if err != nil && reset(err) && ctx.Err() == nil {
		resp, err = s.client.Do(ctx, r)
	}
	if err != nil {
		return nil, upstream.Fault(ctx, err)
	}
	return upstream.Accept(ctx, resp, refusal)
}

// reset reports whether a connection broke, as opposed to a server that is not there or too slow.
func reset(err error) bool {
	var e *upstream.Error
	if !errors.As(err, &e) || e.Step != upstream.Send && e.Step != upstream.Head {
		return false
	}
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrUnexpectedEOF)
}

// write makes the HTTP request, with its proof of who calls.
func (p *Provider) write(ctx context.Context, s *site, o *outgoing) (*upstream.Request, error) {
	target := *s.base
	prefix, name := s.base.EscapedPath()+"/model/", escape(o.Upstream)
	target.Path, target.RawPath = s.base.Path+"/model/"+o.Upstream+string(o.operation), prefix+name+string(o.operation)
	if err := p.authorize(ctx, s.region, o, &target); err != nil {
		return nil, err
	}
	r := &upstream.Request{Method: http.MethodPost, Path: target.RawPath, Body: o.body, Header: make(upstream.Header, 0, len(o.header))}
	for name, values := range o.header {
		r.Header = append(r.Header, upstream.Field{Name: name, Value: values[0]})
	}
	return r, nil
}

func (p *Provider) authorize(ctx context.Context, region arn.Region, o *outgoing, target *url.URL) error {
	if p.source == nil {
		o.header["Authorization"] = []string{"Bearer " + p.o.APIKey.Reveal()}
		return nil
	}
	found, err := p.source.For(ctx, &o.Caller, region)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fault.Wrap(fault.Internal, err, upstream.Unavailable)
	}
	if found.Token != "" {
		o.header["X-Amz-Security-Token"] = []string{found.Token}
	}
	signed := &http.Request{Method: http.MethodPost, URL: target, Host: target.Host, Header: o.header, ContentLength: int64(len(o.body))}
	sigv4.Sign(signed, o.body, found.Key, region, "bedrock", time.Now())
	return nil
}

// escape writes a model's name as one segment of a path, in the way the SDKs do.
func escape(name string) string {
	return strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
