package bedrockruntime

import (
	"context"
	"net/http"
	"strconv"

	api "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/dialect/titan"
	"github.com/outcrop/outcrop/internal/gateway"
)

const jsonType = "application/json"

// InvokeModel takes and gives the model family's own body.
func (s *Server) InvokeModel(ctx context.Context, c *awswire.Call, in *api.InvokeModelRequest) (*api.InvokeModelResponse, error) {
	k := call(c, "InvokeModel", in.ModelID, false, parseNative(in.Body, false))
	k.Native = untouchedInvoke(c, in)
	a, err := s.gateway.Do(ctx, k)
	describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return nil, err
	}
	out := &api.InvokeModelResponse{
		ContentType: jsonType, ServiceTier: in.ServiceTier, PerformanceConfigLatency: in.PerformanceConfigLatency,
	}
	if a.Embedding != nil {
		variant, _ := titan.VariantOf(a.Target.Model.ID)
		out.Body = titan.EncodeResponse(variant, a.Ask().Embed, a.Embedding)
		count(c.Header, a, a.Embedding.Usage)
		return out, nil
	}
	if out.Body = a.Response.Native; out.Body != nil {
		if !a.Response.Usage.Estimated {
			count(c.Header, a, a.Response.Usage)
		}
		return out, nil
	}
	out.Body, err = anthropic.EncodeResponse(a.Response, envelope(c, a))
	count(c.Header, a, a.Response.Usage)
	return out, err
}

// InvokeModelWithResponseStream sends the chunks of the family's own stream.
func (s *Server) InvokeModelWithResponseStream(ctx context.Context, c *awswire.Call, in *api.InvokeModelWithResponseStreamRequest, w *api.InvokeModelWithResponseStreamWriter) error {
	k := call(c, "InvokeModelWithResponseStream", in.ModelID, true, parseNative(in.Body, true))
	k.Native = untouchedInvoke(c, (*api.InvokeModelRequest)(in))
	a, err := s.gateway.Do(ctx, k)
	describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return err
	}
	defer a.Stream.Close()
	w.Head(&api.InvokeModelWithResponseStreamResponse{
		ContentType: jsonType, ServiceTier: in.ServiceTier, PerformanceConfigLatency: in.PerformanceConfigLatency,
	})
	enc := anthropic.NewStreamEncoder(envelope(c, a))
	enc.FirstByteLatency = a.FirstContent().Milliseconds()
	pass := func(e *chat.Event) error {
		if e.NativeType != "" {
			return w.Pass(e.NativeType, e.Native)
		}
		return w.Chunk(&api.PayloadPart{Bytes: e.Native})
	}
	return relay(a.Stream, pass, func(e *chat.Event) error {
		if e.Kind == chat.Metadata {
			enc.InvocationLatency = a.Elapsed().Milliseconds()
		}
		for _, chunk := range enc.Encode(e) {
			if err := w.Chunk(&api.PayloadPart{Bytes: chunk}); err != nil {
				return err
			}
		}
		return nil
	})
}

// untouchedInvoke is a body as it came, with those headers that concern the model. Both operations have
// the same ones.
func untouchedInvoke(c *awswire.Call, in *api.InvokeModelRequest) *chat.Native {
	n := untouched(chat.InvokeDialect, in.Body)
	n.Invoke = &chat.InvokeOptions{
		ContentType: text(in.ContentType), Accept: text(in.Accept), Trace: text(in.Trace),
		GuardrailID: text(in.GuardrailIdentifier), GuardrailVersion: text(in.GuardrailVersion),
		Latency: text(in.PerformanceConfigLatency), Tier: text(in.ServiceTier),
		RequestMetadata: c.Request.Header.Get("X-Amzn-Bedrock-Request-Metadata"),
	}
	return n
}

// text is the text of an optional header, "" when it was not sent.
func text[S ~string](p *S) string {
	if p == nil {
		return ""
	}
	return string(*p)
}

// envelope is what an Anthropic answer says of the call.
func envelope(c *awswire.Call, a *gateway.Answer) anthropic.Envelope {
	return anthropic.Envelope{Model: a.Target.Model.ID, Request: c.RequestID, Caching: a.Ask().Chat.Caches()}
}

// count sets the headers by which clients of InvokeModel learn what they used. Input excludes
// cached tokens; an embedding has no output, and the cache headers stand only where caching applied.
func count(h http.Header, a *gateway.Answer, u chat.Usage) {
	number := func(name string, n int64) { set(h, name, strconv.FormatInt(n, 10)) }
	number("X-Amzn-Bedrock-Invocation-Latency", a.Elapsed().Milliseconds())
	number("X-Amzn-Bedrock-Input-Token-Count", u.Input)
	if a.Embedding != nil {
		return
	}
	number("X-Amzn-Bedrock-Output-Token-Count", u.Output)
	if u.CacheRead > 0 || u.CacheWrite() > 0 || a.Ask().Chat.Caches() {
		number("X-Amzn-Bedrock-Cache-Read-Input-Token-Count", u.CacheRead)
		number("X-Amzn-Bedrock-Cache-Write-Input-Token-Count", u.CacheWrite())
	}
}
