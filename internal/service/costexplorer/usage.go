package costexplorer

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/awswire"
)

// GetCostAndUsage adds up cost and usage by hour, day or month, and by up to two keys.
func (s *Server) GetCostAndUsage(ctx context.Context, c *awswire.Call, in *api.GetCostAndUsageRequest) (*api.GetCostAndUsageResponse, error) {
	return s.usage(ctx, c, "GetCostAndUsage", in, false)
}

// GetCostAndUsageWithResources is GetCostAndUsage that can also tell resources apart: application profiles and models.
func (s *Server) GetCostAndUsageWithResources(ctx context.Context, c *awswire.Call, in *api.GetCostAndUsageWithResourcesRequest) (*api.GetCostAndUsageWithResourcesResponse, error) {
	plain := api.GetCostAndUsageRequest(*in)
	if len(plain.Metrics) == 0 {
		plain.Metrics = []string{unblendedCost}
	}
	out, err := s.usage(ctx, c, "GetCostAndUsageWithResources", &plain, true)
	return (*api.GetCostAndUsageWithResourcesResponse)(out), err
}

// usage does both operations.
func (s *Server) usage(ctx context.Context, c *awswire.Call, operation string, in *api.GetCostAndUsageRequest, resources bool) (*api.GetCostAndUsageResponse, error) {
	q, err := s.begin(ctx, c, request{in.TimePeriod, in.Granularity, in.Filter, in.BillingViewARN, resources})
	if err != nil {
		return nil, err
	}
	if err := q.span.past(c.Arrived, s.opt.Months); err != nil {
		return nil, err
	}
	if err := checkMetrics(in.Metrics); err != nil {
		return nil, err
	}
	by, err := parseGroupings(in.GroupBy, resources)
	if err != nil {
		return nil, err
	}
	periods, err := q.span.periods(in.Granularity)
	if err != nil {
		return nil, err
	}
	asked := *in
	asked.NextPageToken = nil
	identity, err := identify(c, operation, asked)
	if err != nil {
		return nil, err
	}
	from, err := identity.resume(in.NextPageToken)
	if err != nil {
		return nil, err
	}
	r := s.newReport(q, in, periods, by, c.Arrived)
	out := &api.GetCostAndUsageResponse{GroupDefinitions: in.GroupBy, DimensionValueAttributes: []api.DimensionValuesWithAttributes{}}
	results, next, more, err := r.page(ctx, from)
	if err != nil {
		return nil, err
	}
	if out.ResultsByTime = results; more {
		out.NextPageToken = new(identity.token(next))
	}
	if namesAccounts(in) {
		out.DimensionValueAttributes = s.accountNames(r.accounts)
	}
	return out, nil
}

// identify is the digest of an input without its token.
func identify(c *awswire.Call, operation string, in any) (digest, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return digest{}, fmt.Errorf("cannot write down a request of %s: %w", operation, err)
	}
	return digestOf(operation, c.Principal.Account, text), nil
}

// namesAccounts reports whether an answer is about accounts, so that it says what they are called.
func namesAccounts(in *api.GetCostAndUsageRequest) bool {
	return slices.ContainsFunc(in.GroupBy, func(d api.GroupDefinition) bool {
		return *d.Type == api.GroupDefinitionTypeDimension && *d.Key == string(api.DimensionLinkedAccount)
	})
}

// accountNames says what accounts are called, in the order of their ids.
func (s *Server) accountNames(ids map[arn.Account]bool) []api.DimensionValuesWithAttributes {
	names := s.descriptions()
	out := []api.DimensionValuesWithAttributes{}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		out = append(out, api.DimensionValuesWithAttributes{
			Value: new(string(id)), Attributes: map[string]string{"description": names[id]},
		})
	}
	return out
}

// descriptions are the names of all accounts.
func (s *Server) descriptions() map[arn.Account]string {
	list := s.opt.Directory.Accounts()
	names := make(map[arn.Account]string, len(list))
	for _, a := range list {
		names[a.ID] = a.Name
	}
	return names
}
