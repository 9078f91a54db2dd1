package iam

import (
	"context"
	"net/url"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// providerIn finds an OIDC provider by its ARN.
func providerIn(a *directory.Account, arn string) (*directory.OIDCProvider, error) {
	_, issuer, _ := strings.Cut(arn, ":oidc-provider/")
	p, ok := a.Provider(issuer)
	if !ok || p.ARN() != arn {
		return nil, noSuchEntity("OpenIDConnect Provider not found for arn %s", arn)
	}
	return p, nil
}

// changeProvider changes a copy of an OIDC provider.
func (s *Server) changeProvider(ctx context.Context, c *awswire.Call, arn string, edit func(p *directory.OIDCProvider) error) error {
	return s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		p, err := providerIn(a, arn)
		if err != nil {
			return nil, err
		}
		next := *p
		if err := edit(&next); err != nil {
			return nil, err
		}
		return []directory.Change{directory.Put(&next)}, nil
	})
}

// issuerOf is the URL of an OIDC provider without its scheme, which is https. A query and a port are none of it.
func issuerOf(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Port() != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", invalid("Invalid Open ID Connect Provider URL: it must begin with https:// and have no port, no query and no fragment.")
	}
	return strings.TrimSuffix(strings.ToLower(u.Host)+u.EscapedPath(), "/"), nil
}

func checkThumbprints(list []string) error {
	if len(list) > maxThumbprints {
		return quotaExceeded("ThumbprintsPerOpenIDConnectProvider", maxThumbprints)
	}
	for _, t := range list {
		if strings.Trim(strings.ToLower(t), "0123456789abcdef") != "" {
			return invalid("Thumbprint contains illegal characters")
		}
	}
	return nil
}

// CreateOpenIDConnectProvider implements api.Server.
func (s *Server) CreateOpenIDConnectProvider(ctx context.Context, c *awswire.Call, in *api.CreateOpenIDConnectProviderRequest) (*api.CreateOpenIDConnectProviderResponse, error) {
	issuer, err := issuerOf(in.URL)
	if err != nil {
		return nil, err
	}
	if err := checkThumbprints(in.ThumbprintList); err != nil {
		return nil, err
	}
	p := &directory.OIDCProvider{Account: c.Principal.Account, URL: issuer, Thumbprints: in.ThumbprintList, Created: moment(c)}
	for _, id := range in.ClientIDList {
		p.ClientIDs = withName(p.ClientIDs, id)
	}
	if len(p.ClientIDs) > maxClientIDs {
		return nil, quotaExceeded("ClientIdsPerOpenIdConnectProvider", maxClientIDs)
	}
	if p.Tags, err = newTags(in.Tags); err != nil {
		return nil, err
	}
	err = s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		if a.Taken(directory.KindProvider, issuer) {
			return nil, exists("Provider with url %s already exists.", in.URL)
		}
		if len(a.Providers()) >= maxProviders {
			return nil, quotaExceeded("OpenIdConnectProvidersPerAccount", maxProviders)
		}
		return []directory.Change{directory.Put(p)}, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateOpenIDConnectProviderResponse{OpenIDConnectProviderARN: new(p.ARN()), Tags: someTags(p.Tags)}, nil
}

// GetOpenIDConnectProvider implements api.Server.
func (s *Server) GetOpenIDConnectProvider(ctx context.Context, c *awswire.Call, in *api.GetOpenIDConnectProviderRequest) (*api.GetOpenIDConnectProviderResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	p, err := providerIn(a, in.OpenIDConnectProviderARN)
	if err != nil {
		return nil, err
	}
	return &api.GetOpenIDConnectProviderResponse{
		URL: &p.URL, ClientIDList: mapped(p.ClientIDs, text), ThumbprintList: mapped(p.Thumbprints, text), CreateDate: p.Created, Tags: tagShapes(p.Tags),
	}, nil
}

// ListOpenIDConnectProviders implements api.Server.
func (s *Server) ListOpenIDConnectProviders(ctx context.Context, c *awswire.Call, _ *api.ListOpenIDConnectProvidersRequest) (*api.ListOpenIDConnectProvidersResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	return &api.ListOpenIDConnectProvidersResponse{
		OpenIDConnectProviderList: mapped(a.Providers(), func(p *directory.OIDCProvider) api.OpenIDConnectProviderListEntry {
			return api.OpenIDConnectProviderListEntry{ARN: new(p.ARN())}
		}),
	}, nil
}

// DeleteOpenIDConnectProvider implements api.Server.
func (s *Server) DeleteOpenIDConnectProvider(ctx context.Context, c *awswire.Call, in *api.DeleteOpenIDConnectProviderRequest) error {
	return s.change(ctx, c, func(a *directory.Account) ([]directory.Change, error) {
		p, err := providerIn(a, in.OpenIDConnectProviderARN)
		if err != nil {
			return nil, err
		}
		return []directory.Change{directory.Delete(p)}, nil
	})
}

// UpdateOpenIDConnectProviderThumbprint implements api.Server.
func (s *Server) UpdateOpenIDConnectProviderThumbprint(ctx context.Context, c *awswire.Call, in *api.UpdateOpenIDConnectProviderThumbprintRequest) error {
	return s.changeProvider(ctx, c, in.OpenIDConnectProviderARN, func(p *directory.OIDCProvider) error {
		p.Thumbprints = in.ThumbprintList
		return checkThumbprints(p.Thumbprints)
	})
}

// AddClientIDToOpenIDConnectProvider implements api.Server.
func (s *Server) AddClientIDToOpenIDConnectProvider(ctx context.Context, c *awswire.Call, in *api.AddClientIDToOpenIDConnectProviderRequest) error {
	return s.changeProvider(ctx, c, in.OpenIDConnectProviderARN, func(p *directory.OIDCProvider) error {
		if p.ClientIDs = withName(p.ClientIDs, in.ClientID); len(p.ClientIDs) > maxClientIDs {
			return quotaExceeded("ClientIdsPerOpenIdConnectProvider", maxClientIDs)
		}
		return nil
	})
}

// RemoveClientIDFromOpenIDConnectProvider implements api.Server. One that is not there does not matter.
func (s *Server) RemoveClientIDFromOpenIDConnectProvider(ctx context.Context, c *awswire.Call, in *api.RemoveClientIDFromOpenIDConnectProviderRequest) error {
	return s.changeProvider(ctx, c, in.OpenIDConnectProviderARN, func(p *directory.OIDCProvider) error {
		p.ClientIDs = withoutName(p.ClientIDs, in.ClientID)
		return nil
	})
}

// TagOpenIDConnectProvider implements api.Server.
func (s *Server) TagOpenIDConnectProvider(ctx context.Context, c *awswire.Call, in *api.TagOpenIDConnectProviderRequest) error {
	return s.changeProvider(ctx, c, in.OpenIDConnectProviderARN, func(p *directory.OIDCProvider) (err error) {
		p.Tags, err = withTags(p.Tags, in.Tags)
		return err
	})
}

// UntagOpenIDConnectProvider implements api.Server.
func (s *Server) UntagOpenIDConnectProvider(ctx context.Context, c *awswire.Call, in *api.UntagOpenIDConnectProviderRequest) error {
	return s.changeProvider(ctx, c, in.OpenIDConnectProviderARN, func(p *directory.OIDCProvider) error {
		p.Tags = withoutTags(p.Tags, in.TagKeys)
		return nil
	})
}

// ListOpenIDConnectProviderTags implements api.Server.
func (s *Server) ListOpenIDConnectProviderTags(ctx context.Context, c *awswire.Call, in *api.ListOpenIDConnectProviderTagsRequest) (*api.ListOpenIDConnectProviderTagsResponse, error) {
	a, err := s.account(ctx, c)
	if err != nil {
		return nil, err
	}
	p, err := providerIn(a, in.OpenIDConnectProviderARN)
	if err != nil {
		return nil, err
	}
	tags, truncated, next, err := tagPage(p.Tags, in.Marker, in.MaxItems)
	return &api.ListOpenIDConnectProviderTagsResponse{Tags: tags, IsTruncated: truncated, Marker: next}, err
}
