package bedrockruntime

import (
	"context"

	api "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// Converse answers a conversation with any text model.
func (s *Server) Converse(ctx context.Context, c *awswire.Call, in *api.UnreadConverseRequest) (awswire.Output, error) {
	k := call(c, "Converse", in.ModelID, false, parseConverse(false, in.Read, converse.Request))
	k.Native, k.Glance = untouched(chat.ConverseDialect, in.Body()), glance(in.Body())
	a, err := s.gateway.Do(ctx, k)
	inference.Describe(c.Header, c.Principal.Account, a)
	switch {
	case err != nil:
		return nil, err
	case a.Response.Native != nil:
		return awswire.RawJSON(a.Response.Native), nil
	}
	env := converseEnvelope(a)
	env.LatencyMs = a.Latency().Milliseconds()
	return converse.Response(a.Response, env)
}

// ConverseStream answers a conversation with a stream of events.
func (s *Server) ConverseStream(ctx context.Context, c *awswire.Call, in *api.UnreadConverseStreamRequest, w *api.ConverseStreamWriter) error {
	k := call(c, "ConverseStream", in.ModelID, true, parseConverse(true, in.Read, converse.StreamRequest))
	k.Native, k.Glance = untouched(chat.ConverseDialect, in.Body()), glance(in.Body())
	a, err := s.gateway.Do(ctx, k)
	inference.Describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return err
	}
	defer a.Stream.Close()
	pass := func(e *chat.Event) error { return w.Pass(e.NativeType, e.Native) }
	out := converse.NewStream(costed{w, a}, converseEnvelope(a))
	return inference.Relay(a.Stream, pass, func(e *chat.Event) error {
		if e.Kind == chat.Metadata {
			out.Envelope.LatencyMs = a.Elapsed().Milliseconds()
		}
		return out.Send(e)
	})
}

// parseConverse reads a Converse body and holds it against what the model can do.
func parseConverse[In any](stream bool, read func() (*In, error), request func(*In) (*chat.Request, error)) parser {
	return func(t *profile.Target) (gateway.Ask, error) {
		in, err := read()
		if err != nil {
			return gateway.Ask{}, err
		}
		if err := inference.CheckText(t.Model); err != nil {
			return gateway.Ask{}, err
		}
		if stream {
			if err := inference.CheckStreaming(t.Model); err != nil {
				return gateway.Ask{}, err
			}
		}
		r, err := request(in)
		if err != nil {
			return gateway.Ask{}, err
		}
		if err := inference.CanOf(t.Model).Check(r, stream); err != nil {
			return gateway.Ask{}, err
		}
		if err := checkCaching(r, t.Model); err != nil {
			return gateway.Ask{}, err
		}
		return gateway.Ask{Chat: r}, inference.CheckMaxTokens(r.Inference.MaxTokens, t.Model)
	}
}

// converseEnvelope is what a Converse answer says of the call; nothing of a call that was not read.
func converseEnvelope(a *gateway.Answer) converse.Envelope {
	r := a.Ask().Chat
	if r == nil {
		return converse.Envelope{}
	}
	return converse.Envelope{
		Caching: r.Caches(), FieldPaths: r.ExtraPaths, Performance: r.Latency, Tier: r.Tier,
	}
}
