package bedrockruntime

import (
	"context"

	api "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
)

// Converse answers a conversation with any text model.
func (s *Server) Converse(ctx context.Context, c *awswire.Call, in *api.ConverseRequest) (*api.ConverseResponse, error) {
	a, err := s.gateway.Do(ctx, call(c, "Converse", in.ModelID, false, parseConverse(false, func() (*chat.Request, error) {
		return converse.Request(in)
	})))
	describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return nil, err
	}
	env := converseEnvelope(a)
	env.LatencyMs = a.Latency().Milliseconds()
	return converse.Response(a.Response, env)
}

// ConverseStream answers a conversation with a stream of events.
func (s *Server) ConverseStream(ctx context.Context, c *awswire.Call, in *api.ConverseStreamRequest, w *api.ConverseStreamWriter) error {
	a, err := s.gateway.Do(ctx, call(c, "ConverseStream", in.ModelID, true, parseConverse(true, func() (*chat.Request, error) {
		return converse.StreamRequest(in)
	})))
	describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return err
	}
	defer a.Stream.Close()
	out := converse.NewStream(w, converseEnvelope(a))
	return relay(a.Stream, func(e *chat.Event) error {
		if e.Kind == chat.Metadata {
			out.Envelope.LatencyMs = a.Elapsed().Milliseconds()
		}
		return out.Send(e)
	})
}

// parseConverse reads a Converse body and holds it against what the model can do.
func parseConverse(stream bool, read func() (*chat.Request, error)) parser {
	return func(t *profile.Target) (gateway.Ask, error) {
		if err := checkText(t.Model); err != nil {
			return gateway.Ask{}, err
		}
		if stream {
			if err := checkStreaming(t.Model); err != nil {
				return gateway.Ask{}, err
			}
		}
		r, err := read()
		if err != nil {
			return gateway.Ask{}, err
		}
		return gateway.Ask{Chat: r}, checkMaxTokens(r.Inference.MaxTokens, t.Model)
	}
}

// converseEnvelope is what a Converse answer says of the call.
func converseEnvelope(a *gateway.Answer) converse.Envelope {
	r := a.Ask().Chat
	return converse.Envelope{
		Caching: r.Caches(), FieldPaths: r.ExtraPaths, Performance: r.Latency, Tier: r.Tier,
	}
}
