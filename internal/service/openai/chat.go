package openai

import (
	"context"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	dialectopenai "github.com/outcrop/outcrop/internal/dialect/openai"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// chatCompletion answers a conversation with any text model.
func (s *server) chatCompletion(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
	c := r.Call
	name(c)
	h, err := inference.ReadHead(r)
	if err != nil {
		return err
	}
	a, err := s.gateway.Do(ctx, inference.Call(c, "CreateChatCompletion", h, chat.ChatCompletionsDialect, func(t *profile.Target) (gateway.Ask, error) {
		ask, err := dialectopenai.DecodeRequest(c.Body)
		if err != nil {
			return gateway.Ask{}, err
		}
		return gateway.Ask{Chat: ask.Chat}, inference.Check(t.Model, ask.Chat, h.Stream)
	}))
	inference.Describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return inference.NotFound(err)
	}
	if a.Stream != nil {
		defer a.Stream.Close()
		return streamChunks(w, a, dialectopenai.NewStream(inference.Envelope(c, a), dialectopenai.Shape{NoUsage: !h.Usage}))
	}
	body := a.Response.Native
	if body == nil {
		if body, err = dialectopenai.EncodeResponse(a.Response, inference.Envelope(c, a), dialectopenai.Shape{}); err != nil {
			return err
		}
	}
	return w.Output(200, "CreateChatCompletion", awswire.RawJSON(body))
}

// streamChunks sends a stream of chunks and the line that ends it.
func streamChunks(w *awswire.Response, a *gateway.Answer, enc dialect.StreamEncoder) error {
	var out awswire.Stream
	out.InitEvents(w, lastChunk{})
	pass := func(e *chat.Event) error {
		return out.Send(awswire.AppendEvent(out.Buffer(), "", e.Native))
	}
	err := inference.Relay(a.Stream, pass, func(e *chat.Event) error {
		b := out.Buffer()
		for _, chunk := range inference.Costed(a, e, enc.Encode(e, dialect.Timing{})) {
			b = awswire.AppendEvent(b, "", chunk)
		}
		if len(b) == 0 {
			return nil
		}
		return out.Send(b)
	})
	if err == nil {
		err = out.Send(awswire.AppendEvent(out.Buffer(), "", "[DONE]"))
	}
	return out.Finish(err)
}
