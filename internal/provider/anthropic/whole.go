package anthropic

import (
	"context"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	dialect "github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/jsonscan"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// Chat returns the whole answer.
func (p *Provider) Chat(ctx context.Context, r *provider.Request) (*chat.Response, error) {
	resp, err := p.send(ctx, r, false)
	if err != nil {
		return nil, err
	}
	body, err := upstream.Whole(ctx, resp)
	if err != nil {
		return nil, err
	}
	counted := false
	answer := &chat.Response{Native: body}
	for o := jsonscan.New(body); o.Next(); {
		switch string(o.Name) {
		case "usage":
			counted = dialect.ReadUsage(o.Value, &answer.Usage)
		case "stop_reason":
			answer.Stop = dialect.ReadStop(o.Value)
		}
	}
	if !counted {
		answer.Usage = r.Estimate(len(body))
	}
	if passes(r) {
		return answer, nil
	}
	read, err := dialect.DecodeResponse(body)
	if err != nil {
		return nil, err
	}
	read.Usage = answer.Usage
	if len(r.Chat.ExtraPaths) > 0 {
		read.Extra = body
	}
	return read, nil
}

// CountTokens asks the server.
func (p *Provider) CountTokens(ctx context.Context, r *provider.Request) (n int64, exact bool, err error) {
	var body []byte
	if passes(r) {
		body = r.Native.Body
	} else if body, err = dialect.EncodeRequest(r.Chat, dialect.Upstream{Model: modelOf(r)}); err != nil {
		return 0, false, err
	}
	body, betas, err := onlyCountable(nil, body, modelOf(r))
	if err != nil {
		return 0, false, err
	}
	resp, err := p.call(ctx, p.tokens, "application/json", betas, body)
	if err != nil {
		return 0, false, err
	}
	said, err := upstream.Whole(ctx, resp)
	if err != nil {
		return 0, false, err
	}
	var w struct {
		Input *int64 `json:"input_tokens"`
	}
	if err := json.Unmarshal(said, &w); err != nil || w.Input == nil {
		return 0, false, fault.Wrap(fault.ServiceUnavailable, parse(said, resp.Status), upstream.Unavailable)
	}
	return *w.Input, true, nil
}
