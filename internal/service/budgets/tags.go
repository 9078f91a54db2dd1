package budgets

import (
	"context"
	"maps"
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/fault"
)

func tagsOf(in []api.ResourceTag) map[string]string {
	tags := make(map[string]string, len(in))
	for _, t := range in {
		tags[t.Key] = t.Value
	}
	return tags
}

// tagged is the caller's budget with an ARN.
func tagged(c *awswire.Call, name string) (budget.Key, error) {
	rest, ok := strings.CutPrefix(name, "arn:aws:budgets::")
	account, budgetName, cut := strings.Cut(rest, ":budget/")
	if !ok || !cut || budgetName == "" {
		return budget.Key{}, invalid("%.200q is not the ARN of a budget.", name)
	}
	return key(c, account, budgetName)
}

// ListTagsForResource lists a budget's tags.
func (s *Server) ListTagsForResource(_ context.Context, c *awswire.Call, in *api.ListTagsForResourceRequest) (*api.ListTagsForResourceResponse, error) {
	k, err := tagged(c, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	b, ok := s.budgets.Budget(k)
	if !ok {
		return nil, notFound("Unable to get budget: %s - the budget doesn't exist.", k.Name)
	}
	out := &api.ListTagsForResourceResponse{ResourceTags: []api.ResourceTag{}}
	for _, name := range slices.Sorted(maps.Keys(b.Tags)) {
		out.ResourceTags = append(out.ResourceTags, api.ResourceTag{Key: name, Value: b.Tags[name]})
	}
	return out, nil
}

// TagResource sets tags, also those by which a budget stops calls.
func (s *Server) TagResource(ctx context.Context, c *awswire.Call, in *api.TagResourceRequest) (*api.TagResourceResponse, error) {
	return &api.TagResourceResponse{}, s.retag(ctx, c, in.ResourceARN, func(tags map[string]string) { maps.Copy(tags, tagsOf(in.ResourceTags)) })
}

// UntagResource removes tags.
func (s *Server) UntagResource(ctx context.Context, c *awswire.Call, in *api.UntagResourceRequest) (*api.UntagResourceResponse, error) {
	return &api.UntagResourceResponse{}, s.retag(ctx, c, in.ResourceARN, func(tags map[string]string) {
		for _, name := range in.ResourceTagKeys {
			delete(tags, name)
		}
	})
}

// maxTags is how many tags a budget may have.
const maxTags = 200

func (s *Server) retag(ctx context.Context, c *awswire.Call, name string, change func(map[string]string)) error {
	k, err := tagged(c, name)
	if err != nil {
		return err
	}
	return s.budgets.Change(ctx, k, func(now *budgeting.Budget) (*budgeting.Budget, error) {
		if now == nil {
			return nil, notFound("Unable to get budget: %s - the budget doesn't exist.", k.Name)
		}
		next := *now
		if next.Tags = maps.Clone(now.Tags); next.Tags == nil {
			next.Tags = map[string]string{}
		}
		if change(next.Tags); len(next.Tags) > maxTags {
			return nil, fault.Named(fault.ServiceQuotaExceeded, api.ServiceQuotaExceededException, "A budget can have at most %d tags.", maxTags)
		}
		return &next, check(&next)
	})
}
