package anthropic

import (
	"bytes"
	"context"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	dialect "github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// message answers a conversation with any text model.
func (s *server) message(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
	c := r.Call
	name(c)
	h, err := inference.ReadHead(r)
	if err != nil {
		return err
	}
	betas := dialect.Betas(c.Request.Header["Anthropic-Beta"])
	k := inference.Call(c, "CreateMessage", h, chat.MessagesDialect, func(t *profile.Target) (gateway.Ask, error) {
		q, err := dialect.DecodeMessages(c.Body, betas)
		if err != nil {
			return gateway.Ask{}, err
		}
		return gateway.Ask{Chat: q}, inference.Check(t.Model, q, h.Stream)
	})
	k.Native.Betas = betas
	a, err := s.gateway.Do(ctx, k)
	inference.Describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return inference.NotFound(err)
	}
	if a.Stream != nil {
		defer a.Stream.Close()
		return stream(w, c, a)
	}
	body := a.Response.Native
	if body == nil {
		if body, err = dialect.EncodeResponse(a.Response, inference.Envelope(c, a)); err != nil {
			return err
		}
	}
	return w.Output(200, "CreateMessage", awswire.RawJSON(body))
}

// stream sends a stream of events, each named after its type.
func stream(w *awswire.Response, c *awswire.Call, a *gateway.Answer) error {
	var out awswire.Stream
	out.InitEvents(w, lastEvent(c.RequestID))
	enc := dialect.NewStreamEncoder(inference.Envelope(c, a))
	enc.Plain = true
	pass := func(e *chat.Event) error {
		return out.Send(awswire.AppendEvent(out.Buffer(), eventName(e.Native), e.Native))
	}
	return out.Finish(inference.Relay(a.Stream, pass, func(e *chat.Event) error {
		b := out.Buffer()
		for _, chunk := range inference.Costed(a, e, enc.Encode(e)) {
			b = awswire.AppendEvent(b, eventName(chunk), chunk)
		}
		if len(b) == 0 {
			return nil
		}
		return out.Send(b)
	}))
}

// eventName is the type of a chunk, which as a rule stands first in it.
func eventName(chunk []byte) string {
	if rest, ok := bytes.CutPrefix(chunk, []byte(`{"type":"`)); ok {
		if i := bytes.IndexAny(rest, `"\`); i > 0 && rest[i] == '"' {
			return known(rest[:i])
		}
	}
	var c struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(chunk, &c) != nil {
		return ""
	}
	return known([]byte(c.Type))
}

// known gives the names of the API without making a string of each.
func known(name []byte) string {
	switch string(name) {
	case "content_block_delta":
		return "content_block_delta"
	case "content_block_start":
		return "content_block_start"
	case "content_block_stop":
		return "content_block_stop"
	case "message_start":
		return "message_start"
	case "message_delta":
		return "message_delta"
	case "message_stop":
		return "message_stop"
	}
	if bytes.ContainsAny(name, "\r\n") {
		return ""
	}
	return string(name)
}
