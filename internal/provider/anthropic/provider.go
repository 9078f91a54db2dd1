// Package anthropic runs models on Anthropic's Messages API, or on a server that speaks it.
//
// Messages bodies go through as they came, and so do the bodies in which InvokeModel carries them, but for those members
// that say on the one side what the other says elsewhere. Everything else is written as Messages.
package anthropic

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
	dialect "github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// Options describe one server.
type Options struct {
	URL     string          // up to but without /v1; "" is Anthropic's own
	APIKey  identity.Secret // sent as x-api-key when there is one
	Version string          // of the API; "" is DefaultVersion
	Betas   []string        // of the API, asked for with every call
	// Upstream holds timeouts, connections and TLS.
	Upstream upstream.Options
}

// What is called when the configuration does not say.
const (
	DefaultURL     = "https://api.anthropic.com"
	DefaultVersion = "2023-06-01"
)

// Provider calls one server. It is safe for concurrent use.
type Provider struct {
	client   upstream.Client
	messages string // targets of the calls
	tokens   string
	header   upstream.Header // immutable
	betas    []string
	bodies   upstream.Bodies
}

var _ provider.Speaker = (*Provider)(nil)

// New makes a provider. It does not call the server.
func New(o Options) (*Provider, error) {
	base, err := url.Parse(cmp.Or(o.URL, DefaultURL))
	if err != nil {
		return nil, fmt.Errorf("cannot read a provider's url: %w", err)
	}
	if base.User != nil {
		return nil, errors.New("a provider's url must not hold a password: set api-key instead")
	}
	client, err := upstream.New(base, o.Upstream)
	if err != nil {
		return nil, err
	}
	path := strings.TrimSuffix(strings.TrimRight(base.EscapedPath(), "/"), "/v1") + "/v1/messages"
	p := &Provider{client: client, messages: path, tokens: path + "/count_tokens", betas: o.Betas}
	if base.RawQuery != "" {
		p.messages, p.tokens = p.messages+"?"+base.RawQuery, p.tokens+"?"+base.RawQuery
	}
	p.header = upstream.Header{
		{Name: "Content-Type", Value: "application/json"},
		{Name: "Anthropic-Version", Value: cmp.Or(o.Version, DefaultVersion)},
		{Name: "User-Agent", Value: "outcrop"},
	}
	if !o.APIKey.IsZero() {
		p.header = append(p.header, upstream.Field{Name: "X-Api-Key", Value: o.APIKey.Reveal()})
	}
	return p, nil
}

// Close closes idle connections.
func (p *Provider) Close() error { return p.client.Close() }

// Speaks reports whether a body can be passed on: Messages, and what InvokeModel carries for Claude, which is nearly that.
func (p *Provider) Speaks(d chat.Dialect, model string) bool {
	return d == chat.MessagesDialect || d == chat.InvokeDialect && strings.HasPrefix(model, "anthropic.claude")
}

// Embed refuses: the API has no call for it.
func (p *Provider) Embed(_ context.Context, r *provider.EmbedRequest) (*chat.EmbedResponse, error) {
	return nil, fault.New(fault.Validation, "The model %s doesn't support embeddings.", r.Model)
}

// Rerank refuses: the API has no call for it.
func (p *Provider) Rerank(_ context.Context, r *provider.RerankRequest) (*chat.RerankResponse, error) {
	return nil, fault.New(fault.Validation, "The model %s doesn't support reranking.", r.Model)
}

// passes reports whether the caller's own body is sent.
func passes(r *provider.Request) bool {
	return r.Native != nil && (r.Native.Dialect == chat.MessagesDialect || r.Native.Dialect == chat.InvokeDialect)
}

// modelOf is Anthropic's own name of the model, also where only Bedrock's is known.
func modelOf(r *provider.Request) string {
	if strings.Contains(r.Upstream, "anthropic.") {
		return dialect.ShortName(r.Upstream)
	}
	return r.Upstream
}

// typeStream is the type of a streamed answer.
const typeStream = "text/event-stream"

// send makes a call of Messages and returns the response to read.
func (p *Provider) send(ctx context.Context, r *provider.Request, streamed bool) (*upstream.Response, error) {
	if guarded(r) {
		return nil, fault.New(fault.Validation, "The model's server has no guardrails. Call without a guardrail, or through a deployment on Amazon Bedrock.")
	}
	accept := "application/json"
	if streamed {
		accept = typeStream
	}
	if !passes(r) {
		if err := sayable(r.Chat); err != nil {
			return nil, err
		}
		body, err := dialect.EncodeRequest(r.Chat, dialect.Upstream{Model: modelOf(r), Stream: streamed, MaxTokens: r.MaxOutput})
		if err != nil {
			return nil, err
		}
		body, betas, err := liftBetas(body)
		if err != nil {
			return nil, err
		}
		return p.call(ctx, p.messages, accept, betas, body)
	}
	room := p.bodies.Take()
	defer p.bodies.Keep(room)
	body, betas, err := rewrite((*room)[:0], r.Native.Body, modelOf(r), streamed)
	*room = body
	if err != nil {
		return nil, err
	}
	if r.Native.Beta != "" {
		betas = append(betas, r.Native.Beta)
	}
	return p.call(ctx, p.messages, accept, betas, body)
}

// sayable refuses what Bedrock knows and Anthropic's own API has no word for.
func sayable(r *chat.Request) error {
	switch {
	case r.Latency == "optimized":
		return fault.New(fault.Validation, "Latency performance configuration is not supported for this model: its provider speaks Anthropic's API, which has none.")
	case r.Tier != "" && r.Tier != "default":
		return fault.New(fault.Validation, "The service tier %s is not supported for this model: its provider speaks Anthropic's API, which has other tiers.", r.Tier)
	}
	return nil
}

// guarded reports whether the caller relies on a guardrail, which must not be left out unseen.
func guarded(r *provider.Request) bool {
	if r.Native != nil && r.Native.Invoke != nil && r.Native.Invoke.GuardrailID != "" {
		return true
	}
	return r.Chat != nil && r.Chat.Guardrail != nil
}

// call sends a body and returns the response when its status is 200.
func (p *Provider) call(ctx context.Context, path, accept string, betas []string, body []byte) (*upstream.Response, error) {
	header := append(slices.Clip(p.header), upstream.Field{Name: "Accept", Value: accept})
	if len(p.betas)+len(betas) > 0 {
		header = append(header, upstream.Field{Name: "Anthropic-Beta", Value: strings.Join(append(slices.Clip(p.betas), betas...), ",")})
	}
	resp, err := p.client.Do(ctx, &upstream.Request{Method: http.MethodPost, Path: path, Header: header, Body: body})
	if err != nil {
		return nil, upstream.Fault(ctx, err)
	}
	return upstream.Accept(ctx, resp, refusal)
}
