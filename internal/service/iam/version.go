package iam

import (
	"context"
	"slices"
	"strconv"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
)

// CreatePolicyVersion implements api.Server.
func (s *Server) CreatePolicyVersion(ctx context.Context, c *awswire.Call, in *api.CreatePolicyVersionRequest) (*api.CreatePolicyVersionResponse, error) {
	document, err := managedDocument(in.PolicyARN, in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	out := &api.CreatePolicyVersionResponse{}
	return out, s.changePolicy(ctx, c, in.PolicyARN, func(_ *directory.Account, p *directory.ManagedPolicy) error {
		if len(p.Versions) >= maxVersions {
			return limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
		}
		p.Last++
		v := directory.Version{ID: "v" + strconv.Itoa(p.Last), Document: document, Created: moment(c)}
		p.Versions, p.Updated = append(slices.Clone(p.Versions), v), v.Created
		if in.SetAsDefault != nil && *in.SetAsDefault {
			p.Default = v.ID
		}
		out.PolicyVersion = new(versionShape(p, &v))
		return nil
	})
}

// version finds a version of a policy.
func version(p *directory.ManagedPolicy, id string) (*directory.Version, error) {
	v, ok := p.Version(id)
	if !ok {
		return nil, noSuchEntity("Policy %s version %s does not exist or is not attachable.", p.ARN(), id)
	}
	return v, nil
}

// GetPolicyVersion implements api.Server.
func (s *Server) GetPolicyVersion(ctx context.Context, c *awswire.Call, in *api.GetPolicyVersionRequest) (*api.GetPolicyVersionResponse, error) {
	_, p, err := s.policy(ctx, c, in.PolicyARN)
	if err != nil {
		return nil, err
	}
	v, err := version(p, in.VersionID)
	if err != nil {
		return nil, err
	}
	out := versionShape(p, v)
	out.Document = escaped(v.Document.Text())
	return &api.GetPolicyVersionResponse{PolicyVersion: &out}, nil
}

// ListPolicyVersions implements api.Server. The newest comes first.
func (s *Server) ListPolicyVersions(ctx context.Context, c *awswire.Call, in *api.ListPolicyVersionsRequest) (*api.ListPolicyVersionsResponse, error) {
	_, p, err := s.policy(ctx, c, in.PolicyARN)
	if err != nil {
		return nil, err
	}
	list := slices.Clone(p.Versions)
	slices.Reverse(list)
	list, truncated, next, err := page(list, func(v directory.Version) string { return v.ID }, in.Marker, in.MaxItems)
	return &api.ListPolicyVersionsResponse{
		Versions:    mapped(list, func(v directory.Version) api.PolicyVersion { return versionShape(p, &v) }),
		IsTruncated: truncated, Marker: next,
	}, err
}

// DeletePolicyVersion implements api.Server.
func (s *Server) DeletePolicyVersion(ctx context.Context, c *awswire.Call, in *api.DeletePolicyVersionRequest) error {
	return s.changePolicy(ctx, c, in.PolicyARN, func(_ *directory.Account, p *directory.ManagedPolicy) error {
		if _, err := version(p, in.VersionID); err != nil {
			return err
		}
		if in.VersionID == p.Default {
			return inUse("Cannot delete the default version of a policy.")
		}
		p.Versions = slices.DeleteFunc(slices.Clone(p.Versions), func(v directory.Version) bool { return v.ID == in.VersionID })
		return nil
	})
}

// SetDefaultPolicyVersion implements api.Server.
func (s *Server) SetDefaultPolicyVersion(ctx context.Context, c *awswire.Call, in *api.SetDefaultPolicyVersionRequest) error {
	return s.changePolicy(ctx, c, in.PolicyARN, func(_ *directory.Account, p *directory.ManagedPolicy) error {
		if _, err := version(p, in.VersionID); err != nil {
			return err
		}
		p.Default, p.Updated = in.VersionID, moment(c)
		return nil
	})
}
