package anthropic

import (
	"context"
	"strconv"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	dialect "github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// countTokens answers what the input of a call would be metered as, without making it.
func (s *server) countTokens(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
	c := r.Call
	name(c)
	h, err := inference.ReadHead(r)
	if err != nil {
		return err
	}
	k := inference.Call(c, "CountMessageTokens", h, chat.MessagesDialect, func(t *profile.Target) (gateway.Ask, error) {
		q, err := dialect.DecodeCount(c.Body, dialect.Betas(c.Request.Header["Anthropic-Beta"]))
		if err != nil {
			return gateway.Ask{}, err
		}
		return gateway.Ask{Chat: q}, inference.Check(t.Model, q, false)
	})
	k.Native = nil // no provider counts a body that it passes on: the fields differ from a message's
	a, err := s.gateway.CountTokens(ctx, k)
	inference.Describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return inference.NotFound(err)
	}
	c.Header["X-Outcrop-Token-Count-Exact"] = []string{strconv.FormatBool(a.Exact)}
	b := awswire.AppendInt(append(w.Buffer(), `{"input_tokens":`...), a.Tokens)
	return w.JSON(200, append(b, '}'))
}
