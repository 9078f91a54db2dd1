package bedrock

import (
	"context"
	"iter"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrock"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/profile"
)

// defaultPage is how many profiles a page has when the caller does not say.
const defaultPage = 100

// ListInferenceProfiles lists the profiles that can be used from the call's region: those the system defines
// by id, then the caller's own, oldest first. Without a type it lists both.
func (s *Server) ListInferenceProfiles(ctx context.Context, c *awswire.Call, in *api.ListInferenceProfilesRequest) (*api.ListInferenceProfilesResponse, error) {
	now, err := s.registry.Current(ctx)
	if err != nil {
		return nil, err
	}
	q := query{account: c.Principal.Account, region: c.Region}
	if in.TypeEquals != nil {
		q.kind = *in.TypeEquals
	}
	var after position
	if in.NextToken != nil {
		if after, err = q.resume(*in.NextToken); err != nil {
			return nil, err
		}
	}
	limit := defaultPage
	if in.MaxResults != nil {
		limit = *in.MaxResults
	}
	out := &api.ListInferenceProfilesResponse{InferenceProfileSummaries: []api.InferenceProfileSummary{}}
	for at, summary := range q.profiles(now, after) {
		if len(out.InferenceProfileSummaries) == limit {
			out.NextToken = new(q.token(after))
			break
		}
		out.InferenceProfileSummaries = append(out.InferenceProfileSummaries, summary())
		after = at
	}
	return out, nil
}

// query is what a list is asked for. Its tokens work for the same query only.
type query struct {
	account arn.Account
	region  arn.Region
	kind    api.InferenceProfileType // empty for both
}

// profiles are those behind a position, each with its own position.
func (q query) profiles(now *profile.Snapshot, after position) iter.Seq2[position, func() api.InferenceProfileSummary] {
	return func(yield func(position, func() api.InferenceProfileSummary) bool) {
		if q.kind != api.InferenceProfileTypeApplication {
			for _, t := range now.Systems(q.region) {
				at := position{kind: system, id: t.System.ID}
				if at.behind(after) && !yield(at, func() api.InferenceProfileSummary { return systemSummary(t, q.account) }) {
					return
				}
			}
		}
		if q.kind != api.InferenceProfileTypeSystemDefined {
			for _, app := range now.Applications(q.account, q.region) {
				at := position{kind: application, created: app.Created.UnixNano(), id: app.ID}
				if at.behind(after) && !yield(at, func() api.InferenceProfileSummary { return applicationSummary(now, app) }) {
					return
				}
			}
		}
	}
}
