package costexplorer

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/store"
)

// maxValues is the size of a page of values, and the most that may be asked for.
const maxValues = 1000

// listing is the part that the inputs of GetDimensionValues and GetTags share.
type listing struct {
	operation string
	search    *string
	sortBy    []api.SortDefinition
	limit     *int
	token     *string
}

// check reads what a listing cannot have together.
func (l *listing) check() error {
	switch {
	case l.limit != nil && *l.limit > maxValues:
		return invalid("MaxResults can be at most %d, found %d", maxValues, *l.limit)
	case len(l.sortBy) == 0:
		return nil
	case len(l.sortBy) > 1:
		return invalid("SortBy can have one key, found %d", len(l.sortBy))
	case l.search != nil:
		return invalid("SearchString and SortBy cannot be used together")
	case l.token != nil:
		return invalid("NextPageToken and SortBy cannot be used together")
	}
	return checkMetrics([]string{l.sortBy[0].Key})
}

// page is one page of values, of all that there are. Without SortBy values are in their own order, and pages follow.
func (l *listing) page(values map[string]*totals, d digest) (list []string, next *string, err error) {
	from, err := d.resume(l.token)
	if err != nil {
		return nil, nil, err
	}
	list = slices.Sorted(maps.Keys(values))
	limit := maxValues
	if l.limit != nil {
		limit = *l.limit
	}
	if len(l.sortBy) > 0 {
		l.sort(list, values)
		return list[:min(limit, len(list))], nil, nil
	}
	if len(from.after) > 0 {
		at, found := slices.BinarySearch(list, from.after[0])
		if found {
			at++
		}
		list = list[at:]
	}
	if len(list) > limit {
		list = list[:limit]
		next = new(d.token(position{after: list[limit-1:]}))
	}
	return list, next, nil
}

// sort orders values by a metric, the largest first unless SortOrder says otherwise.
func (l *listing) sort(list []string, values map[string]*totals) {
	by := l.sortBy[0]
	slices.SortStableFunc(list, func(a, b string) int {
		order := values[b].metric(by.Key).Cmp(values[a].metric(by.Key))
		if by.SortOrder != nil && *by.SortOrder == api.SortOrderAscending {
			return -order
		}
		return order
	})
}

// matches reports whether a value has the searched text in it, in capitals or not.
func (l *listing) matches(value string) bool {
	return l.search == nil || strings.Contains(strings.ToLower(value), strings.ToLower(*l.search))
}

// gather adds up usage by each of the values that a subject has.
func (s *Server) gather(ctx context.Context, q query, l *listing, of func(*meter.Subject) []string) (map[string]*totals, error) {
	sums := map[string]*totals{}
	var places [][]*totals // of each subject, the totals of all its values
	r := s.reader(q, func(sub *meter.Subject) int {
		var list []*totals
		for _, v := range of(sub) {
			if !l.matches(v) {
				continue
			}
			if sums[v] == nil {
				sums[v] = new(totals)
			}
			list = append(list, sums[v])
		}
		places = append(places, list)
		return len(places) - 1
	})
	err := r.read(ctx, q.span, func(at int, u meter.Unit, c store.Counters) {
		for _, t := range places[at] {
			t.add(u, c)
		}
	})
	return sums, err
}

// GetDimensionValues lists the values that usage of a period has of a dimension.
func (s *Server) GetDimensionValues(ctx context.Context, c *awswire.Call, in *api.GetDimensionValuesRequest) (*api.GetDimensionValuesResponse, error) {
	l := &listing{"GetDimensionValues", in.SearchString, in.SortBy, in.MaxResults, in.NextPageToken}
	asked := *in
	asked.NextPageToken = nil
	q, d, err := s.beginListing(ctx, c, l, request{in.TimePeriod, api.GranularityDaily, in.Filter, in.BillingViewARN, true}, asked)
	if err != nil {
		return nil, err
	}
	if slices.Contains(foreign, in.Dimension) && in.Dimension != api.DimensionLinkedAccountName {
		return nil, invalid("The dimension %s has no values that can be listed", in.Dimension)
	}
	values := map[string]*totals{}
	// The other contexts are of reservations and savings plans, of which there are none.
	if in.Context == nil || *in.Context == api.ContextCostAndUsage {
		of := func(sub *meter.Subject) []string { return []string{sub.Dimension(string(in.Dimension))} }
		if values, err = s.gather(ctx, q, l, of); err != nil {
			return nil, err
		}
	}
	list, next, err := l.page(values, d)
	if err != nil {
		return nil, err
	}
	names := s.descriptions()
	out := &api.GetDimensionValuesResponse{
		DimensionValues: make([]api.DimensionValuesWithAttributes, len(list)),
		ReturnSize:      len(list), TotalSize: len(values), NextPageToken: next,
	}
	for i, v := range list {
		attributes := map[string]string{}
		switch in.Dimension {
		case api.DimensionLinkedAccount, api.DimensionPayerAccount:
			attributes["description"] = names[arn.Account(v)]
		case api.DimensionUsageType:
			attributes["unit"] = values[v].quantityUnit()
		}
		out.DimensionValues[i] = api.DimensionValuesWithAttributes{Value: new(v), Attributes: attributes}
	}
	return out, nil
}

// GetTags lists the tag keys of the usage of a period, or the values that a key has there. The empty value is that of
// usage without the tag.
func (s *Server) GetTags(ctx context.Context, c *awswire.Call, in *api.GetTagsRequest) (*api.GetTagsResponse, error) {
	l := &listing{"GetTags", in.SearchString, in.SortBy, in.MaxResults, in.NextPageToken}
	asked := *in
	asked.NextPageToken = nil
	q, d, err := s.beginListing(ctx, c, l, request{in.TimePeriod, api.GranularityDaily, in.Filter, in.BillingViewARN, true}, asked)
	if err != nil {
		return nil, err
	}
	of := tagKeys
	if in.TagKey != nil {
		key := meter.TagKey(*in.TagKey)
		of = func(sub *meter.Subject) []string { return []string{sub.Tag(key)} }
	}
	values, err := s.gather(ctx, q, l, of)
	if err != nil {
		return nil, err
	}
	list, next, err := l.page(values, d)
	if err != nil {
		return nil, err
	}
	return &api.GetTagsResponse{Tags: list, ReturnSize: len(list), TotalSize: len(values), NextPageToken: next}, nil
}

// tagKeys are the keys of all tags of a subject.
func tagKeys(s *meter.Subject) []string {
	list := slices.Collect(maps.Keys(s.Tags))
	for _, key := range meter.Generated() {
		if s.Tag(key) != "" {
			list = append(list, key)
		}
	}
	return list
}

// beginListing is begin for the operations that list values, with their digest.
func (s *Server) beginListing(ctx context.Context, c *awswire.Call, l *listing, r request, asked any) (query, digest, error) {
	if err := l.check(); err != nil {
		return query{}, digest{}, err
	}
	q, err := s.begin(ctx, c, r)
	if err != nil {
		return query{}, digest{}, err
	}
	if err := q.span.past(c.Arrived, s.opt.Months); err != nil {
		return query{}, digest{}, err
	}
	d, err := identify(c, l.operation, asked)
	return q, d, err
}
