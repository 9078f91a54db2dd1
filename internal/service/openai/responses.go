package openai

import (
	"context"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/responses"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// response answers a conversation with any text model, as items.
func (s *server) response(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
	c := r.Call
	name(c)
	h, err := inference.ReadHead(r)
	if err != nil {
		return err
	}
	var echo responses.Echo
	a, err := s.gateway.Do(ctx, inference.Call(c, "CreateResponse", h, chat.ResponsesDialect, func(t *profile.Target) (gateway.Ask, error) {
		ask, err := responses.DecodeRequest(c.Body)
		if err != nil {
			return gateway.Ask{}, err
		}
		echo = ask.Echo
		return gateway.Ask{Chat: ask.Chat}, inference.Check(t.Model, ask.Chat, h.Stream)
	}))
	inference.Describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return inference.NotFound(err)
	}
	if a.Stream != nil {
		defer a.Stream.Close()
		return streamItems(w, a, responses.NewStream(inference.Envelope(c, a), echo))
	}
	if a.Response.Native != nil {
		return w.Output(200, "CreateResponse", awswire.RawJSON(a.Response.Native))
	}
	body, err := responses.AppendResponse(w.Buffer(), a.Response, inference.Envelope(c, a), echo)
	if err != nil {
		return err
	}
	return w.JSON(200, body)
}

// streamItems sends a stream of the Responses API.
func streamItems(w *awswire.Response, a *gateway.Answer, enc *responses.Stream) error {
	var out awswire.Stream
	out.InitEvents(w, brokenItems{enc})
	pass := func(e *chat.Event) error {
		return out.Send(awswire.AppendEvent(out.Buffer(), e.NativeType, e.Native))
	}
	return out.Finish(inference.Relay(a.Stream, pass, func(e *chat.Event) error {
		b := enc.Append(out.Buffer(), e)
		if len(b) == 0 {
			return nil
		}
		if e.Kind == chat.Metadata {
			object := b[:len(b)-len("\n\n")] // the last event is at the end
			b = append(inference.WithCost(b[:0], object, a.Cost()), "\n\n"...)
		}
		return out.Send(b)
	}))
}

// brokenItems says an error inside a stream of the Responses API.
type brokenItems struct{ stream *responses.Stream }

// AppendFrame implements awswire.ErrorFrame.
func (l brokenItems) AppendFrame(dst []byte, err error) []byte {
	e := fault.Public(err)
	code := formOf(e.Code).code
	if code == "" {
		code = formOf(e.Code).kind
	}
	return l.stream.AppendError(dst, code, e.Message, appendErrorObject(nil, e))
}
