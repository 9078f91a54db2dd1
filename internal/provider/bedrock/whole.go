package bedrock

import (
	"bytes"
	"context"
	"strconv"

	brt "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	dialect "github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/jsonscan"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// native is the body to pass on, when it is of the dialect.
func native(r *provider.Request, d chat.Dialect) bool {
	return r.Native != nil && r.Native.Dialect == d
}

// Chat returns the whole answer.
func (p *Provider) Chat(ctx context.Context, r *provider.Request) (*chat.Response, error) {
	switch {
	case native(r, chat.InvokeDialect):
		return p.invoke(ctx, r)
	case native(r, chat.ConverseDialect):
		body, err := p.whole(ctx, newOutgoing(r, converse, typeJSON, r.Native.Body))
		if err != nil {
			return nil, err
		}
		return converseAnswer(r, body), nil
	}
	sent, err := dialect.EncodeRequest(r.Model, r.Chat, false)
	if err != nil {
		return nil, err
	}
	body, err := p.whole(ctx, newOutgoing(r, converse, typeJSON, sent))
	if err != nil {
		return nil, err
	}
	out, err := dialect.DecodeResponse(body)
	if err == nil && out.Usage.Estimated {
		out.Usage = r.Estimate(len(body))
	}
	return out, err
}

// whole sends a request and returns the body of its answer.
func (p *Provider) whole(ctx context.Context, o *outgoing) ([]byte, error) {
	resp, err := p.call(ctx, o)
	if err != nil {
		return nil, err
	}
	return upstream.Whole(ctx, resp)
}

// converseAnswer is an answer that is passed on. Of its body only the counts and the stop reason are read.
func converseAnswer(r *provider.Request, body []byte) *chat.Response {
	out := &chat.Response{Native: body, Usage: r.Estimate(len(body))}
	for o := jsonscan.New(body); o.Next(); {
		switch string(o.Name) {
		case "stopReason":
			out.Stop = chat.StopReason(bytes.Trim(o.Value, `"`))
		case "usage":
			if u, ok := converseUsage(o.Value); ok {
				out.Usage = u
			}
		}
	}
	return out
}

// invoke passes a body of the family's own on.
func (p *Provider) invoke(ctx context.Context, r *provider.Request) (*chat.Response, error) {
	o := newOutgoing(r, invoke, "*/*", r.Native.Body)
	o.invokeHeader(r.Native.Invoke)
	resp, err := p.call(ctx, o)
	if err != nil {
		return nil, err
	}
	body, err := upstream.Whole(ctx, resp)
	if err != nil {
		return nil, err
	}
	out := &chat.Response{Native: body}
	var counted bool
	if out.Usage, counted = headerUsage(resp.Header); !counted {
		out.Usage = bodyUsage(body)
	}
	return out, nil
}

// headerUsage reads the counts that Bedrock puts into headers of InvokeModel's answers.
func headerUsage(h upstream.Header) (u chat.Usage, counted bool) {
	number := func(name string) int64 {
		n, err := strconv.ParseInt(h.Get("X-Amzn-Bedrock-"+name+"-Token-Count"), 10, 64)
		counted = counted || err == nil
		return max(0, n)
	}
	u.Input, u.Output = number("Input"), number("Output")
	u.CacheRead, u.CacheWrite5m = number("Cache-Read-Input"), number("Cache-Write-Input")
	return u, counted
}

// CountTokens asks the upstream.
func (p *Provider) CountTokens(ctx context.Context, r *provider.Request) (n int64, exact bool, err error) {
	var sent []byte
	if native(r, chat.CountTokensDialect) {
		sent = r.Native.Body
	} else if sent, err = dialect.EncodeTokens(r.Model, r.Chat); err != nil {
		return 0, false, err
	}
	resp, err := p.call(ctx, newOutgoing(r, countTokens, typeJSON, sent))
	if err != nil {
		return 0, false, err
	}
	body, err := upstream.Whole(ctx, resp)
	if err != nil {
		return 0, false, err
	}
	var out brt.CountTokensResponse
	if err := out.ReadJSON(new(awswire.Reader), body); err != nil {
		return 0, false, fault.Wrap(fault.ServiceUnavailable, err, upstream.Unavailable)
	}
	// Another Outcrop may have estimated, and says so.
	return int64(out.InputTokens), resp.Header.Get("X-Outcrop-Token-Count-Exact") != "false", nil
}
