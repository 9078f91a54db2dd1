package bedrockruntime

import (
	"context"
	"net/http"
	"strconv"

	api "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/service/inference"
)

const jsonType = "application/json"

// InvokeModel takes and gives the model family's own body.
func (s *Server) InvokeModel(ctx context.Context, c *awswire.Call, in *api.InvokeModelRequest) (*api.InvokeModelResponse, error) {
	body := untouchedInvoke(c, in)
	k := call(c, "InvokeModel", in.ModelID, false, s.parseNative(body, false))
	k.Native, k.Glance = body, glanceInvoke(body.Invoke)
	a, err := s.gateway.Do(ctx, k)
	inference.Describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return nil, err
	}
	out := &api.InvokeModelResponse{
		ContentType: jsonType, ServiceTier: in.ServiceTier, PerformanceConfigLatency: in.PerformanceConfigLatency,
	}
	out.Body, err = s.nativeAnswer(c, a)
	return out, err
}

// nativeAnswer writes an answer in the family's own form, and its counts into headers. One that came in this form goes
// out as it came.
func (s *Server) nativeAnswer(c *awswire.Call, a *gateway.Answer) ([]byte, error) {
	if a.Response != nil && a.Response.Native != nil {
		if !a.Response.Usage.Estimated {
			count(c.Header, a, a.Response.Usage)
		}
		return a.Response.Native, nil
	}
	family, err := s.families.of(a.Target.Model)
	switch {
	case err != nil:
		return nil, err
	case a.Embedding != nil:
		count(c.Header, a, a.Embedding.Usage)
		return family.embed.EncodeResponse(a.Ask().Embed, a.Embedding, c.RequestID), nil
	case a.Ranking != nil:
		count(c.Header, a, a.Ranking.Usage)
		return family.rerank.EncodeResponse(a.Ranking), nil
	}
	count(c.Header, a, a.Response.Usage)
	return family.chat.EncodeResponse(a.Response, envelope(c, a))
}

// InvokeModelWithResponseStream sends the chunks of the family's own stream.
func (s *Server) InvokeModelWithResponseStream(ctx context.Context, c *awswire.Call, in *api.InvokeModelWithResponseStreamRequest, w *api.InvokeModelWithResponseStreamWriter) error {
	body := untouchedInvoke(c, (*api.InvokeModelRequest)(in))
	k := call(c, "InvokeModelWithResponseStream", in.ModelID, true, s.parseNative(body, true))
	k.Native, k.Glance = body, glanceInvoke(body.Invoke)
	a, err := s.gateway.Do(ctx, k)
	inference.Describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return err
	}
	defer a.Stream.Close()
	w.Head(&api.InvokeModelWithResponseStreamResponse{
		ContentType: jsonType, ServiceTier: in.ServiceTier, PerformanceConfigLatency: in.PerformanceConfigLatency,
	})
	pass := func(e *chat.Event) error {
		if e.NativeType != "" {
			return w.Pass(e.NativeType, e.Native)
		}
		return w.Chunk(&api.PayloadPart{Bytes: e.Native})
	}
	return inference.Relay(a.Stream, pass, s.chunks(c, a, w))
}

// chunks writes events as the chunks of the family's own stream. The family is looked up with the first event: a stream
// that is passed on needs none.
func (s *Server) chunks(c *awswire.Call, a *gateway.Answer, w *api.InvokeModelWithResponseStreamWriter) func(*chat.Event) error {
	var enc dialect.StreamEncoder
	times := dialect.Timing{FirstByte: a.FirstContent().Milliseconds()}
	return func(e *chat.Event) error {
		if enc == nil {
			family, err := s.families.of(a.Target.Model)
			if err != nil {
				return err
			}
			enc = family.chat.NewStream(envelope(c, a))
		}
		if e.Kind == chat.Metadata {
			times.Invocation = a.Elapsed().Milliseconds()
		}
		for _, chunk := range inference.Costed(a, e, enc.Encode(e, times)) {
			if err := w.Chunk(&api.PayloadPart{Bytes: chunk}); err != nil {
				return err
			}
		}
		return nil
	}
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

// envelope is what an answer says of the call.
func envelope(c *awswire.Call, a *gateway.Answer) dialect.Envelope {
	asked := a.Ask().Chat
	return dialect.Envelope{
		Model: a.Target.Model.ID, Request: c.RequestID, Created: c.Arrived.Unix(), Caching: asked.Caches(), Asked: asked,
	}
}

// count sets the headers by which clients of InvokeModel learn what they used. Input excludes
// cached tokens; an embedding has no output, reranking no tokens at all, and the cache headers stand only where
// caching applied.
func count(h http.Header, a *gateway.Answer, u chat.Usage) {
	number := func(name string, n int64) { set(h, name, strconv.FormatInt(n, 10)) }
	number("X-Amzn-Bedrock-Invocation-Latency", a.Elapsed().Milliseconds())
	if a.Ranking != nil {
		return
	}
	number("X-Amzn-Bedrock-Input-Token-Count", u.Input)
	if a.Embedding != nil {
		return
	}
	number("X-Amzn-Bedrock-Output-Token-Count", u.Output)
	// Nova tells of its cache whether it was used or not.
	if u.CacheRead > 0 || u.CacheWrite() > 0 || a.Ask().Chat.Caches() || a.Target.Model.Family == "nova" {
		number("X-Amzn-Bedrock-Cache-Read-Input-Token-Count", u.CacheRead)
		number("X-Amzn-Bedrock-Cache-Write-Input-Token-Count", u.CacheWrite())
	}
}
