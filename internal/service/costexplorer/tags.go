package costexplorer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/meter"
)

// activeTags reports of a tag key whether it counts.
func (s *Server) activeTags(ctx context.Context) (func(key string) bool, error) {
	set, err := s.opt.Tags.CostTags(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read the status of tags: %w", err)
	}
	return func(key string) bool { return s.active(set, key) }, nil
}

// active is the status of a key: as it was set, or else that of every new key. What calls have by themselves counts.
func (s *Server) active(set map[string]CostTag, key string) bool {
	if strings.HasPrefix(key, generatedPrefix) {
		return true
	}
	if t, ok := set[key]; ok {
		return t.Active
	}
	return !s.opt.ActivateTags
}

// usedTags are all tag keys that usage ever had, with the last month they were used in.
func (s *Server) usedTags(ctx context.Context, c *awswire.Call) (map[string]time.Time, error) {
	q := query{
		account: visible(c.Principal.Account, s.opt.Management),
		span:    interval{time.Unix(0, 0).UTC(), ended(c.Arrived)}, step: ByMonth,
		filter: func(*subject) bool { return true },
		counts: func(string) bool { return true },
	}
	used := map[string]time.Time{}
	var seen [][]string
	err := s.run(ctx, q, func(sub *subject, at int, l *meter.Line) int {
		if sub != nil {
			at = len(seen)
			seen = append(seen, sub.tagKeys())
		}
		month := monthOf(l.Hour.Time())
		for _, key := range seen[at] {
			if month.After(used[key]) {
				used[key] = month
			}
		}
		return at
	})
	return used, err
}

// zonedForm is how these operations write times.
const zonedForm = "2006-01-02T15:04:05Z"

// defaultTags is the size of a page of tags when the caller does not say.
const defaultTags = 100

// ListCostAllocationTags lists the tag keys that usage has had, and whether they count.
func (s *Server) ListCostAllocationTags(ctx context.Context, c *awswire.Call, in *api.ListCostAllocationTagsRequest) (*api.ListCostAllocationTagsResponse, error) {
	asked := *in
	asked.NextToken = nil
	d, err := identify(c, "ListCostAllocationTags", asked)
	if err != nil {
		return nil, err
	}
	from, err := d.resume(in.NextToken)
	if err != nil {
		return nil, err
	}
	used, err := s.usedTags(ctx, c)
	if err != nil {
		return nil, err
	}
	set, err := s.opt.Tags.CostTags(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read the status of tags: %w", err)
	}
	limit := defaultTags
	if in.MaxResults != nil {
		limit = *in.MaxResults
	}
	out := &api.ListCostAllocationTagsResponse{CostAllocationTags: []api.CostAllocationTag{}}
	for _, key := range slices.Sorted(maps.Keys(used)) {
		tag := s.costTag(set, key, used[key])
		if !wanted(in, tag) || len(from.after) > 0 && key <= from.after[0] {
			continue
		}
		if n := len(out.CostAllocationTags); n == limit {
			out.NextToken = new(d.token(position{after: []string{out.CostAllocationTags[n-1].TagKey}}))
			break
		}
		out.CostAllocationTags = append(out.CostAllocationTags, tag)
	}
	return out, nil
}

// costTag is a key as answers show it.
func (s *Server) costTag(set map[string]CostTag, key string, used time.Time) api.CostAllocationTag {
	tag := api.CostAllocationTag{
		TagKey: key, Type: api.CostAllocationTagTypeUserDefined, Status: api.CostAllocationTagStatusInactive,
		LastUsedDate: new(used.Format(zonedForm)),
	}
	if strings.HasPrefix(key, generatedPrefix) {
		tag.Type = api.CostAllocationTagTypeAWSGenerated
	}
	if s.active(set, key) {
		tag.Status = api.CostAllocationTagStatusActive
	}
	if t, ok := set[key]; ok {
		tag.LastUpdatedDate = new(t.Updated.UTC().Format(zonedForm))
	}
	return tag
}

// wanted reports whether a list asks for a tag.
func wanted(in *api.ListCostAllocationTagsRequest, tag api.CostAllocationTag) bool {
	return (in.Status == nil || *in.Status == tag.Status) &&
		(in.Type == nil || *in.Type == tag.Type) &&
		(in.TagKeys == nil || slices.Contains(in.TagKeys, tag.TagKey))
}

// UpdateCostAllocationTagsStatus says which tag keys count. What cannot be set is told in the answer, and the rest is
// set. A status holds for all usage, that of the past too.
func (s *Server) UpdateCostAllocationTagsStatus(ctx context.Context, c *awswire.Call, in *api.UpdateCostAllocationTagsStatusRequest) (*api.UpdateCostAllocationTagsStatusResponse, error) {
	if c.Principal.Account != s.opt.Management {
		return nil, denied(c, "ce:UpdateCostAllocationTagsStatus")
	}
	used, err := s.usedTags(ctx, c)
	if err != nil {
		return nil, err
	}
	set, err := s.opt.Tags.CostTags(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read the status of tags: %w", err)
	}
	out := &api.UpdateCostAllocationTagsStatusResponse{Errors: []api.UpdateCostAllocationTagsStatusError{}}
	change := map[string]bool{}
	for _, entry := range in.CostAllocationTagsStatus {
		active := entry.Status == api.CostAllocationTagStatusActive
		_, known := used[entry.TagKey]
		switch {
		case !known:
			out.Errors = append(out.Errors, refused(entry.TagKey, "TagKeysNotFoundException", "Tag key %s was not found in any usage."))
		case !active && strings.HasPrefix(entry.TagKey, generatedPrefix):
			out.Errors = append(out.Errors, refused(entry.TagKey, "ValidationException", "Tag key %s is generated and always active."))
		case s.active(set, entry.TagKey) != active:
			change[entry.TagKey] = active
		default:
			delete(change, entry.TagKey) // of two entries for one key the last counts
		}
	}
	if len(change) == 0 {
		return out, nil
	}
	if err := s.opt.Tags.SetCostTags(ctx, change, c.Arrived); err != nil {
		return nil, fmt.Errorf("cannot set the status of tags: %w", err)
	}
	return out, nil
}

func refused(key, code, sentence string) api.UpdateCostAllocationTagsStatusError {
	return api.UpdateCostAllocationTagsStatusError{TagKey: new(key), Code: new(code), Message: new(fmt.Sprintf(sentence, key))}
}
