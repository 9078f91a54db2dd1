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

// tagged is what has tags: the caller's budget with an ARN, or the action of it that the ARN names.
func tagged(c *awswire.Call, name string) (k budget.Key, action string, err error) {
	rest, ok := strings.CutPrefix(name, "arn:aws:budgets::")
	account, resource, cut := strings.Cut(rest, ":budget/")
	budgetName, action, _ := strings.Cut(resource, "/action/")
	if !ok || !cut || budgetName == "" {
		return budget.Key{}, "", invalid("%.200q is not the ARN of a budget or of an action.", name)
	}
	k, err = key(c, account, budgetName)
	return k, action, err
}

// tagsIn is where a budget keeps its tags, or those of one of its actions.
func tagsIn(b *budgeting.Budget, action string) (*map[string]string, error) {
	if action == "" {
		return &b.Tags, nil
	}
	at := findAction(b.Actions, action)
	if at < 0 {
		return nil, noAction("get", action)
	}
	return &b.Actions[at].Tags, nil
}

// ListTagsForResource lists the tags of a budget or of an action.
func (s *Server) ListTagsForResource(_ context.Context, c *awswire.Call, in *api.ListTagsForResourceRequest) (*api.ListTagsForResourceResponse, error) {
	k, action, err := tagged(c, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	b, ok := s.budgets.Budget(k)
	if !ok {
		return nil, notFound("Unable to get budget: %s - the budget doesn't exist.", k.Name)
	}
	all, err := tagsIn(b, action)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceResponse{ResourceTags: []api.ResourceTag{}}
	for _, name := range slices.Sorted(maps.Keys(*all)) {
		out.ResourceTags = append(out.ResourceTags, api.ResourceTag{Key: name, Value: (*all)[name]})
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

// maxTags is how many tags a budget or an action may have.
const maxTags = 200

func (s *Server) retag(ctx context.Context, c *awswire.Call, name string, change func(map[string]string)) error {
	k, action, err := tagged(c, name)
	if err != nil {
		return err
	}
	return s.budgets.Change(ctx, k, func(now *budgeting.Budget) (*budgeting.Budget, error) {
		if now == nil {
			return nil, notFound("Unable to get budget: %s - the budget doesn't exist.", k.Name)
		}
		next := *now
		next.Actions = slices.Clone(now.Actions)
		all, err := tagsIn(&next, action)
		if err != nil {
			return nil, err
		}
		if *all = maps.Clone(*all); *all == nil {
			*all = map[string]string{}
		}
		if change(*all); len(*all) > maxTags {
			return nil, fault.Named(fault.ServiceQuotaExceeded, api.ServiceQuotaExceededException, "A budget or an action can have at most %d tags.", maxTags)
		}
		return &next, check(&next)
	})
}
