// Package openai runs models on any server that speaks the OpenAI chat-completions API: OpenAI, vLLM, llama.cpp, Ollama.
package openai

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
	dialect "github.com/outcrop/outcrop/internal/dialect/openai"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/upstream"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Options describe one server.
type Options struct {
	URL    string          // the API's base, such as "http://127.0.0.1:8000/v1"; a query is kept for every call
	APIKey identity.Secret // sent as a bearer token when there is one
	// CompletionTokens sends max_completion_tokens instead of max_tokens, as OpenAI's reasoning models demand.
	CompletionTokens bool
	Upstream         upstream.Options // timeouts, connections, TLS
}

// Provider calls one server. It is safe for concurrent use.
type Provider struct {
	client           upstream.Client
	completions      string // targets of the calls
	embeddings       string
	header           upstream.Header // immutable
	streamHeader     upstream.Header // immutable
	completionTokens bool
	bodies           upstream.Bodies
}

var _ provider.Speaker = (*Provider)(nil)

// New makes a provider. It does not call the server.
func New(o Options) (*Provider, error) {
	base, err := url.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("cannot read a provider's url: %w", err)
	}
	if base.User != nil {
		return nil, errors.New("a provider's url must not hold a password: set api-key instead")
	}
	if strings.ContainsFunc(o.APIKey.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("a provider's api-key has spaces or characters that a header cannot carry")
	}
	client, err := upstream.New(base, o.Upstream)
	if err != nil {
		return nil, err
	}
	p := &Provider{client: client, completionTokens: o.CompletionTokens}
	p.completions, p.embeddings = target(base, "/chat/completions"), target(base, "/embeddings")
	p.header = headerFor(o.APIKey, "application/json")
	p.streamHeader = headerFor(o.APIKey, typeStream)
	return p, nil
}

// typeStream is the type of a streamed answer.
const typeStream = "text/event-stream"

// target is the request target of one operation below the base.
func target(base *url.URL, operation string) string {
	path := strings.TrimRight(base.EscapedPath(), "/") + operation
	if base.RawQuery != "" {
		path += "?" + base.RawQuery
	}
	return path
}

func headerFor(key identity.Secret, accept string) upstream.Header {
	h := upstream.Header{
		{Name: "Content-Type", Value: "application/json"},
		{Name: "Accept", Value: accept},
		{Name: "User-Agent", Value: "outcrop"},
	}
	if !key.IsZero() {
		h = append(h, upstream.Field{Name: "Authorization", Value: "Bearer " + key.Reveal()})
	}
	return h
}

// Close closes idle connections.
func (p *Provider) Close() error { return p.client.Close() }

// Chat returns the whole answer.
func (p *Provider) Chat(ctx context.Context, r *provider.Request) (*chat.Response, error) {
	resp, _, err := p.chat(ctx, r, false)
	if err != nil {
		return nil, err
	}
	body, err := upstream.Whole(ctx, resp)
	if err != nil {
		return nil, err
	}
	var answer *chat.Response
	if passes(r) {
		answer, err = dialect.DecodePassed(body)
	} else {
		answer, err = dialect.DecodeResponse(body, newToolUseID)
	}
	if err != nil {
		return nil, err
	}
	if answer.Usage.Estimated {
		answer.Usage.Input = inputOf(r)
	}
	if answer.Native == nil && len(r.Chat.ExtraPaths) > 0 {
		answer.Extra = body // whoever asks for fields of the answer picks them
	}
	return answer, nil
}

// Stream returns once the server has begun to answer.
func (p *Provider) Stream(ctx context.Context, r *provider.Request) (provider.Stream, error) {
	resp, decoder, err := p.chat(ctx, r, true)
	if err != nil {
		return nil, err
	}
	if err := upstream.Streamed(resp, typeStream); err != nil {
		return nil, err
	}
	return &stream{Reading: upstream.Reading{Response: resp}, ctx: ctx, request: r, decoder: decoder}, nil
}

// Embed returns one vector for every input.
func (p *Provider) Embed(ctx context.Context, r *provider.EmbedRequest) (*chat.EmbedResponse, error) {
	body := p.bodies.Take()
	defer p.bodies.Keep(body)
	var err error
	if *body, err = dialect.AppendEmbedRequest((*body)[:0], r.Embed, r.Upstream); err != nil {
		return nil, err
	}
	resp, err := p.call(ctx, p.embeddings, p.header, *body)
	if err != nil {
		return nil, err
	}
	data, err := upstream.Whole(ctx, resp)
	if err != nil {
		return nil, err
	}
	answer, err := dialect.DecodeEmbedResponse(data, r.Embed)
	if err != nil {
		return nil, err
	}
	if answer.Usage.Estimated {
		answer.Usage.Input = tokens.For(r.Model).Embed(r.Embed)
	}
	return answer, nil
}

// Rerank is refused: the dialect has no call for it.
func (p *Provider) Rerank(context.Context, *provider.RerankRequest) (*chat.RerankResponse, error) {
	return nil, fault.New(fault.Validation, "This model's provider speaks the OpenAI API, which has no reranking.")
}

// CountTokens estimates: the dialect has no call for it.
func (p *Provider) CountTokens(_ context.Context, r *provider.Request) (n int64, exact bool, err error) {
	return tokens.For(r.Model).Request(r.Chat), false, nil
}

// chat sends a request for a chat and returns the response to read, and what reads it when it is streamed.
func (p *Provider) chat(ctx context.Context, r *provider.Request, streamed bool) (*upstream.Response, decoder, error) {
	body := p.bodies.Take()
	defer p.bodies.Keep(body)
	var decoder decoder
	var err error
	if *body, decoder, err = p.bodyOf((*body)[:0], r, streamed); err != nil {
		return nil, nil, err
	}
	header := p.header
	if streamed {
		header = p.streamHeader
	}
	resp, err := p.call(ctx, p.completions, header, *body)
	return resp, decoder, err
}

// call sends a body and returns the response when its status is 200.
func (p *Provider) call(ctx context.Context, path string, header upstream.Header, body []byte) (*upstream.Response, error) {
	resp, err := p.client.Do(ctx, &upstream.Request{Method: http.MethodPost, Path: path, Header: header, Body: body})
	if err != nil {
		return nil, upstream.Fault(ctx, err)
	}
	return upstream.Accept(ctx, resp, refusal)
}

func refusal(resp *upstream.Response, said []byte, now time.Time) error {
	return dialect.DecodeError(resp.Status, resp.Header.Get("Retry-After"), said, now)
}

// newToolUseID makes an id like those that Bedrock gives.
func newToolUseID() string { return "tooluse_" + rand.Text() }
