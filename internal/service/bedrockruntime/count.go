package bedrockruntime

import (
	"context"
	"strconv"

	api "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/converse"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// CountTokens answers what the input of a call would be metered as, without making it. Unlike AWS
// it takes profiles too: they are how many models can be named at all.
func (s *Server) CountTokens(ctx context.Context, c *awswire.Call, in *api.UnreadCountTokensRequest) (awswire.Output, error) {
	k := call(c, "CountTokens", in.ModelID, false, s.parseCount(in))
	k.Native = untouched(chat.CountTokensDialect, in.Body())
	a, err := s.gateway.CountTokens(ctx, k)
	inference.Describe(c.Header, c.Principal.Account, a)
	if err != nil {
		return nil, err
	}
	set(c.Header, "X-Outcrop-Token-Count-Exact", strconv.FormatBool(a.Exact))
	return &api.CountTokensResponse{InputTokens: int(a.Tokens)}, nil
}

func (s *Server) parseCount(unread *api.UnreadCountTokensRequest) parser {
	return func(t *profile.Target) (gateway.Ask, error) {
		in, err := unread.Read()
		if err != nil {
			return gateway.Ask{}, err
		}
		if err := inference.CheckText(t.Model); err != nil {
			return gateway.Ask{}, fault.New(fault.Validation, "The provided model doesn't support counting tokens.")
		}
		r, body, err := converse.Tokens(in.Input)
		if err != nil {
			return gateway.Ask{}, err
		}
		if body != nil {
			return s.parseNative(untouched(chat.InvokeDialect, body), false)(t)
		}
		return gateway.Ask{Chat: r}, nil
	}
}
