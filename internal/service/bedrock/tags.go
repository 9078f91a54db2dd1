package bedrock

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/profile"
)

// TagResource adds tags to an application profile, and replaces the values of keys it has.
func (s *Server) TagResource(ctx context.Context, c *awswire.Call, in *api.TagResourceRequest) (*api.TagResourceResponse, error) {
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	app, err := s.taggable(ctx, c, "bedrock:TagResource", in.ResourceARN)
	if err != nil {
		return nil, err
	}
	if err := s.registry.Tag(ctx, own(c, app.ID), tags); err != nil {
		return nil, err
	}
	return &api.TagResourceResponse{}, nil
}

// UntagResource takes tags from an application profile. Keys that it does not have are ignored.
func (s *Server) UntagResource(ctx context.Context, c *awswire.Call, in *api.UntagResourceRequest) (*api.UntagResourceResponse, error) {
	app, err := s.taggable(ctx, c, "bedrock:UntagResource", in.ResourceARN)
	if err != nil {
		return nil, err
	}
	if err := s.registry.Untag(ctx, own(c, app.ID), in.TagKeys); err != nil {
		return nil, err
	}
	return &api.UntagResourceResponse{}, nil
}

// ListTagsForResource lists the tags of an application profile in the order of their keys.
func (s *Server) ListTagsForResource(ctx context.Context, c *awswire.Call, in *api.ListTagsForResourceRequest) (*api.ListTagsForResourceResponse, error) {
	app, err := s.taggable(ctx, c, "bedrock:ListTagsForResource", in.ResourceARN)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceResponse{Tags: []api.Tag{}}
	for _, key := range slices.Sorted(maps.Keys(app.Tags)) {
		out.Tags = append(out.Tags, api.Tag{Key: key, Value: app.Tags[key]})
	}
	return out, nil
}

// taggable finds the application profile behind a resourceARN: of what is served here, only those can have tags.
func (s *Server) taggable(ctx context.Context, c *awswire.Call, action, resource string) (*profile.Application, error) {
	now, err := s.registry.Current(ctx)
	if err != nil {
		return nil, err
	}
	missing := fault.New(fault.ResourceNotFound, "The resource %s was not found.", resource)
	id, ok := arn.ParseIdentifier(resource)
	if !ok || id.Kind == arn.Bare {
		return nil, missing
	}
	if err := atHome(now, c, action, id.ARN); err != nil {
		return nil, err
	}
	switch id.Kind {
	case arn.ProfileARN:
		return nil, fault.New(fault.Validation, "The resource %s is a system-defined inference profile, which cannot have tags.", resource)
	case arn.ApplicationARN:
		if app, ok := now.Application(c.Principal.Account, c.Region, id.ID); ok {
			return app, nil
		}
	}
	return nil, missing
}

// reserved is the prefix of keys that only AWS itself may set, however it is written.
const reserved = "aws:"

// tagsOf reads a list of tags, in which no key may be there twice.
func tagsOf(list []api.Tag) (map[string]string, error) {
	tags := make(map[string]string, len(list))
	for _, t := range list {
		if len(t.Key) >= len(reserved) && strings.EqualFold(t.Key[:len(reserved)], reserved) {
			return nil, fault.New(fault.Validation, "Tag keys starting with 'aws:' are reserved for internal use: %s", t.Key)
		}
		if _, twice := tags[t.Key]; twice {
			return nil, fault.New(fault.Validation, "Tag keys must be unique, but %s is given more than once.", t.Key)
		}
		tags[t.Key] = t.Value
	}
	return tags, nil
}
