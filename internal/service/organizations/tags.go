package organizations

import (
	"cmp"
	"context"
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
)

// TagResource adds tags to an account, a unit, a root or a policy. A tag whose key is there replaces that one.
func (s *Server) TagResource(ctx context.Context, c *awswire.Call, in *api.TagResourceRequest) error {
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		have, put, err := v.tags(in.ResourceID)
		if err != nil {
			return nil, err
		}
		next, err := merge(have, in.Tags)
		if err != nil {
			return nil, err
		}
		change, err := put(next)
		return []directory.Change{change}, err
	})
	return err
}

// UntagResource takes tags away. Keys that are not there do not matter.
func (s *Server) UntagResource(ctx context.Context, c *awswire.Call, in *api.UntagResourceRequest) error {
	_, err := s.change(ctx, c, func(v view) ([]directory.Change, error) {
		have, put, err := v.tags(in.ResourceID)
		if err != nil {
			return nil, err
		}
		next := slices.DeleteFunc(slices.Clone(have), func(t identity.Tag) bool { return slices.Contains(in.TagKeys, t.Key) })
		change, err := put(next)
		return []directory.Change{change}, err
	})
	return err
}

// ListTagsForResource answers with the tags of an account, a unit, a root or a policy.
func (s *Server) ListTagsForResource(ctx context.Context, c *awswire.Call, in *api.ListTagsForResourceRequest) (*api.ListTagsForResourceResponse, error) {
	v, err := s.read(ctx, c)
	if err != nil {
		return nil, err
	}
	have, _, err := v.tags(in.ResourceID)
	if err != nil {
		return nil, err
	}
	key := func(t identity.Tag) string { return t.Key }
	tags, next, err := page("ListTagsForResource "+in.ResourceID, have, key, in.NextToken, nil)
	if err != nil {
		return nil, err
	}
	form := func(t identity.Tag) api.Tag { return api.Tag{Key: t.Key, Value: t.Value} }
	return &api.ListTagsForResourceResponse{Tags: forms(tags, form), NextToken: next}, nil
}

// tags are those of what an id names, and the change that puts others in their place.
func (v view) tags(id string) (identity.Tags, func(identity.Tags) (directory.Change, error), error) {
	if p, ok := v.ControlPolicy(id); ok {
		return p.Tags, func(tags identity.Tags) (directory.Change, error) {
			if _, err := v.own(id); err != nil {
				return directory.Change{}, err
			}
			next := *p
			next.Tags = tags
			return directory.Put(&next), nil
		}, nil
	}
	switch n := v.node(id); n.kind {
	case isRoot:
		return v.org.RootTags, func(tags identity.Tags) (directory.Change, error) {
			next := *v.org
			next.RootTags = tags
			return directory.Put(&next), nil
		}, nil
	case isUnit:
		return n.unit.Tags, func(tags identity.Tags) (directory.Change, error) {
			next := *n.unit
			next.Tags = tags
			return directory.Put(&next), nil
		}, nil
	case isAccount:
		return n.account.Tags, func(tags identity.Tags) (directory.Change, error) {
			next := *n.account.Member
			next.Tags = tags
			return directory.Put(&next), nil
		}, nil
	}
	return nil, nil, noTarget()
}

// merge adds tags to those there are, and checks the sum.
func merge(have identity.Tags, more []api.Tag) (identity.Tags, error) {
	next := slices.Clone(have)
	seen := map[string]bool{}
	for _, t := range more {
		switch {
		case seen[t.Key]:
			return nil, invalid(api.InvalidInputExceptionReasonDuplicateTagKey, "Tag keys must be unique among the tags of one resource: '%s' is given twice.", t.Key)
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return nil, invalid(api.InvalidInputExceptionReasonInvalidSystemTagsParameter, "Tag keys that begin with 'aws:' are reserved.")
		}
		seen[t.Key] = true
		tag := identity.Tag{Key: t.Key, Value: t.Value}
		if at := slices.IndexFunc(next, func(old identity.Tag) bool { return old.Key == t.Key }); at >= 0 {
			next[at] = tag
		} else {
			next = append(next, tag)
		}
	}
	if len(next) > maxTags {
		return nil, violation(api.ConstraintViolationExceptionReasonMaxTagLimitExceeded, "A resource can have %d tags at most.", maxTags)
	}
	slices.SortFunc(next, func(a, b identity.Tag) int { return cmp.Compare(a.Key, b.Key) })
	return next, nil
}
