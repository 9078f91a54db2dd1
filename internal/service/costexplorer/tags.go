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
	"github.com/outcrop/outcrop/internal/store"
)

// tagStatus is the status of every key that ever had it set.
func (s *Server) tagStatus(ctx context.Context) (map[string]store.CostTag, error) {
	list, err := s.opt.Tags.CostTags(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read the status of tags: %w", err)
	}
	status := make(map[string]store.CostTag, len(list))
	for _, t := range list {
		status[t.Key] = t
	}
	return status, nil
}

// active is the status of a key: as it was set, or else that of every new key. What calls have by themselves counts.
func (s *Server) active(set map[string]store.CostTag, key string) bool {
	if strings.HasPrefix(key, meter.GeneratedPrefix) {
		return true
	}
	if t, ok := set[key]; ok {
		return t.Active
	}
	return !s.opt.ActivateTags
}

// usedTags are all tag keys that usage ever had, with the last month they were used in. Months are looked at from the
// present one back; a key that was not used for long has no date.
func (s *Server) usedTags(ctx context.Context, c *awswire.Call) (map[string]time.Time, error) {
	all, err := s.keys.everything(ctx)
	if err != nil {
		return nil, err
	}
	used := map[string]time.Time{}
	own := visible(c.Principal.Account, s.opt.Management)
	for id, k := range all {
		if own != "" && k.Account != own {
			delete(all, id)
			continue
		}
		for _, key := range k.tagKeys() {
			used[key] = time.Time{}
		}
	}
	undated := len(used)
	const longest = 14
	for back := 0; undated > 0 && back < longest; back++ {
		month := monthOf(c.Arrived).AddDate(0, -back, 0)
		from, to := interval{month, month.AddDate(0, 1, 0)}.hours()
		sums, err := s.opt.Ledger.Sums(ctx, from, to)
		if err != nil {
			return nil, fmt.Errorf("cannot read the ledger: %w", err)
		}
		for _, sum := range sums {
			k := all[sum.Key]
			if k == nil {
				continue
			}
			for _, key := range k.tagKeys() {
				if last, ok := used[key]; ok && last.IsZero() {
					used[key] = month
					undated--
				}
			}
		}
	}
	return used, nil
}

// tagKeys are the keys of all tags, whether they count or not.
func (k *indexed) tagKeys() []string {
	return tagKeys(&meter.Subject{Dimensions: &k.Dimensions, Tags: k.tags})
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
	set, err := s.tagStatus(ctx)
	if err != nil {
		return nil, err
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
func (s *Server) costTag(set map[string]store.CostTag, key string, used time.Time) api.CostAllocationTag {
	tag := api.CostAllocationTag{
		TagKey: key, Type: api.CostAllocationTagTypeUserDefined, Status: api.CostAllocationTagStatusInactive,
	}
	if !used.IsZero() {
		tag.LastUsedDate = new(used.Format(zonedForm))
	}
	if strings.HasPrefix(key, meter.GeneratedPrefix) {
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
	set, err := s.tagStatus(ctx)
	if err != nil {
		return nil, err
	}
	out := &api.UpdateCostAllocationTagsStatusResponse{Errors: []api.UpdateCostAllocationTagsStatusError{}}
	change := map[string]store.CostTag{}
	for _, entry := range in.CostAllocationTagsStatus {
		active := entry.Status == api.CostAllocationTagStatusActive
		_, known := used[entry.TagKey]
		switch {
		case !known:
			out.Errors = append(out.Errors, refused(entry.TagKey, "TagKeysNotFoundException", "Tag key %s was not found in any usage."))
		case !active && strings.HasPrefix(entry.TagKey, meter.GeneratedPrefix):
			out.Errors = append(out.Errors, refused(entry.TagKey, "ValidationException", "Tag key %s is generated and always active."))
		case s.active(set, entry.TagKey) != active:
			change[entry.TagKey] = store.CostTag{Key: entry.TagKey, Active: active, Updated: c.Arrived}
		default:
			delete(change, entry.TagKey) // of two entries for one key the last counts
		}
	}
	if len(change) == 0 {
		return out, nil
	}
	if err := s.opt.Tags.SetCostTags(ctx, slices.Collect(maps.Values(change))); err != nil {
		return nil, fmt.Errorf("cannot set the status of tags: %w", err)
	}
	return out, nil
}

func refused(key, code, sentence string) api.UpdateCostAllocationTagsStatusError {
	return api.UpdateCostAllocationTagsStatusError{TagKey: new(key), Code: new(code), Message: new(fmt.Sprintf(sentence, key))}
}
