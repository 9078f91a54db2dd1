package iam

import (
	"context"
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
)

// newTags are the tags of something new.
func newTags(tags []api.Tag) (identity.Tags, error) { return withTags(nil, tags) }

// withTags adds tags. Keys that differ in case only are the same: the new one takes the place of the old.
func withTags(have identity.Tags, tags []api.Tag) (identity.Tags, error) {
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	out := slices.Clone(have)
	for _, t := range tags {
		out = append(withoutTag(out, t.Key), identity.Tag{Key: t.Key, Value: t.Value})
	}
	if len(out) > maxTags {
		return nil, limitExceeded("The number of tags has reached the maximum limit.")
	}
	slices.SortFunc(out, func(a, b identity.Tag) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

func checkTags(tags []api.Tag) error {
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		key := strings.ToLower(t.Key)
		if seen[key] {
			return invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[key] = true
		if strings.HasPrefix(key, "aws:") {
			return invalidInput("Tag key %s is invalid. Tag keys must not begin with aws:, which is for AWS's own use.", t.Key)
		}
	}
	return nil
}

// withoutTags takes tags away. Keys there are none of do not matter.
func withoutTags(have identity.Tags, keys []string) identity.Tags {
	out := slices.Clone(have)
	for _, key := range keys {
		out = withoutTag(out, key)
	}
	return out
}

func withoutTag(tags identity.Tags, key string) identity.Tags {
	return slices.DeleteFunc(tags, func(t identity.Tag) bool { return strings.EqualFold(t.Key, key) })
}

// tagPage is a page of tags.
func tagPage(tags identity.Tags, marker *string, max *int) (part []api.Tag, truncated *bool, next *string, err error) {
	return page(tagShapes(tags), func(t api.Tag) string { return t.Key }, marker, max)
}

// TagUser implements api.Server.
func (s *Server) TagUser(ctx context.Context, c *awswire.Call, in *api.TagUserRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(_ *directory.Account, u *directory.User) (err error) {
		u.Tags, err = withTags(u.Tags, in.Tags)
		return err
	})
}

// UntagUser implements api.Server.
func (s *Server) UntagUser(ctx context.Context, c *awswire.Call, in *api.UntagUserRequest) error {
	return s.changeUser(ctx, c, in.UserName, func(_ *directory.Account, u *directory.User) error {
		u.Tags = withoutTags(u.Tags, in.TagKeys)
		return nil
	})
}

// ListUserTags implements api.Server.
func (s *Server) ListUserTags(ctx context.Context, c *awswire.Call, in *api.ListUserTagsRequest) (*api.ListUserTagsResponse, error) {
	_, u, err := s.user(ctx, c, in.UserName)
	if err != nil {
		return nil, err
	}
	tags, truncated, next, err := tagPage(u.Tags, in.Marker, in.MaxItems)
	return &api.ListUserTagsResponse{Tags: tags, IsTruncated: truncated, Marker: next}, err
}

// TagRole implements api.Server.
func (s *Server) TagRole(ctx context.Context, c *awswire.Call, in *api.TagRoleRequest) error {
	return s.changeRole(ctx, c, in.RoleName, func(_ *directory.Account, r *directory.Role) (err error) {
		r.Tags, err = withTags(r.Tags, in.Tags)
		return err
	})
}

// UntagRole implements api.Server.
func (s *Server) UntagRole(ctx context.Context, c *awswire.Call, in *api.UntagRoleRequest) error {
	return s.changeRole(ctx, c, in.RoleName, func(_ *directory.Account, r *directory.Role) error {
		r.Tags = withoutTags(r.Tags, in.TagKeys)
		return nil
	})
}

// ListRoleTags implements api.Server.
func (s *Server) ListRoleTags(ctx context.Context, c *awswire.Call, in *api.ListRoleTagsRequest) (*api.ListRoleTagsResponse, error) {
	_, r, err := s.role(ctx, c, in.RoleName)
	if err != nil {
		return nil, err
	}
	tags, truncated, next, err := tagPage(r.Tags, in.Marker, in.MaxItems)
	return &api.ListRoleTagsResponse{Tags: tags, IsTruncated: truncated, Marker: next}, err
}

// TagPolicy implements api.Server.
func (s *Server) TagPolicy(ctx context.Context, c *awswire.Call, in *api.TagPolicyRequest) error {
	return s.changePolicy(ctx, c, in.PolicyARN, func(_ *directory.Account, p *directory.ManagedPolicy) (err error) {
		p.Tags, err = withTags(p.Tags, in.Tags)
		return err
	})
}

// UntagPolicy implements api.Server.
func (s *Server) UntagPolicy(ctx context.Context, c *awswire.Call, in *api.UntagPolicyRequest) error {
	return s.changePolicy(ctx, c, in.PolicyARN, func(_ *directory.Account, p *directory.ManagedPolicy) error {
		p.Tags = withoutTags(p.Tags, in.TagKeys)
		return nil
	})
}

// ListPolicyTags implements api.Server.
func (s *Server) ListPolicyTags(ctx context.Context, c *awswire.Call, in *api.ListPolicyTagsRequest) (*api.ListPolicyTagsResponse, error) {
	_, p, err := s.policy(ctx, c, in.PolicyARN)
	if err != nil {
		return nil, err
	}
	tags, truncated, next, err := tagPage(p.Tags, in.Marker, in.MaxItems)
	return &api.ListPolicyTagsResponse{Tags: tags, IsTruncated: truncated, Marker: next}, err
}
