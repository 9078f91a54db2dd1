// Package bedrock runs models on Amazon Bedrock, or on another Outcrop, which speaks the same API.
//
// Bodies of Converse, InvokeModel and CountTokens go through as they came, and so do their answers: on the way only
// what metering and routing need is read. Requests of other dialects are written as Converse.
package bedrock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/awsauth"
	"github.com/outcrop/outcrop/internal/provider/upstream"
)

// Options describe an account, or another Outcrop.
type Options struct {
	// URL is where the API is; {region} in it stands for the region of the call. "" is AWS's own endpoint.
	URL string
	// Region is the one that is called and signed for, whatever the deployment's; "" is the deployment's.
	Region arn.Region
	// APIKey is sent as a bearer token. Without one, calls are signed with what Credentials finds.
	APIKey      identity.Secret
	Credentials awsauth.Options
	Upstream    upstream.Options // timeouts, connections, TLS
}

// regionPlace stands for the region in a URL.
const regionPlace = "{region}"

// Provider calls one account in any of its regions. It is safe for concurrent use.
type Provider struct {
	o      Options
	source *awsauth.Source // nil with an API key

	mu    sync.Mutex // guards sites
	sites map[arn.Region]*site
}

var _ provider.Speaker = (*Provider)(nil)

// site is the API in one region.
type site struct {
	client upstream.Client
	base   *url.URL
	region arn.Region
}

// New makes a provider. It calls nobody, but reads AWS's shared files when it is to find credentials there.
func New(ctx context.Context, o Options) (*Provider, error) {
	p := &Provider{o: o, sites: map[arn.Region]*site{}}
	if _, err := p.site(cmp.Or(o.Region, "us-east-1")); err != nil { // any region shows whether the URL is one
		return nil, err
	}
	if !o.APIKey.IsZero() {
		return p, nil
	}
	var err error
	p.source, err = awsauth.New(ctx, o.Credentials)
	return p, err
}

// Close closes idle connections.
func (p *Provider) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, s := range p.sites {
		errs = append(errs, s.client.Close())
	}
	return errors.Join(errs...)
}

// Speaks reports whether a body can be passed on: those of Bedrock's own operations can, whatever the model.
func (p *Provider) Speaks(d chat.Dialect, _ string) bool {
	return d == chat.ConverseDialect || d == chat.InvokeDialect || d == chat.CountTokensDialect
}

// Embed is asked only for a call that came by another door than InvokeModel, of which the body would have been passed on.
func (p *Provider) Embed(_ context.Context, r *provider.EmbedRequest) (*chat.EmbedResponse, error) {
	return nil, fault.New(fault.Validation, "The model %s can be called with InvokeModel only. Send the body that the model takes to InvokeModel.", r.Model)
}

// Rerank is asked as Embed is.
func (p *Provider) Rerank(_ context.Context, r *provider.RerankRequest) (*chat.RerankResponse, error) {
	return nil, fault.New(fault.Validation, "The model %s can be called with InvokeModel only. Send the body that the model takes to InvokeModel.", r.Model)
}

// site finds or makes the API of a deployment's region.
func (p *Provider) site(r arn.Region) (*site, error) {
	r = cmp.Or(p.o.Region, r)
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.sites[r]; s != nil {
		return s, nil
	}
	base, err := address(cmp.Or(p.o.URL, awsauth.Endpoint("bedrock-runtime", r)), r)
	if err != nil {
		return nil, err
	}
	client, err := upstream.New(base, p.o.Upstream)
	if err != nil {
		return nil, err
	}
	s := &site{client: client, base: base, region: r}
	p.sites[r] = s
	return s, nil
}

// address fills the region into a URL. The port that a scheme implies is left out, as it is when the host is signed.
func address(template string, r arn.Region) (*url.URL, error) {
	base, err := url.Parse(strings.ReplaceAll(template, regionPlace, string(r)))
	if err != nil {
		return nil, fmt.Errorf("cannot read a provider's url: %w", err)
	}
	if base.User != nil {
		return nil, errors.New("a provider's url must not hold a password: set api-key or credentials instead")
	}
	if base.RawQuery != "" {
		return nil, errors.New("the url of a provider of the type bedrock must not have a query")
	}
	implied := map[string]string{"http": ":80", "https": ":443"}[base.Scheme]
	base.Host = strings.TrimSuffix(base.Host, implied)
	base.Path = strings.TrimRight(base.Path, "/")
	base.RawPath = strings.TrimRight(base.RawPath, "/")
	return base, nil
}
