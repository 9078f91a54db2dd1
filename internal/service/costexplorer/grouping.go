package costexplorer

import (
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
)

// grouping is one key by which usage is told apart.
type grouping func(*subject) string

// keys are a group's keys. Of one grouping or none the rest is empty.
type keys [maxGroupings]string

const maxGroupings = 2

// groupable are the dimensions that usage can be grouped by.
var groupable = []api.Dimension{
	api.DimensionAz, api.DimensionInstanceType, api.DimensionLegalEntityName, api.DimensionInvoicingEntity,
	api.DimensionLinkedAccount, api.DimensionOperation, api.DimensionPlatform, api.DimensionPurchaseType,
	api.DimensionService, api.DimensionTenancy, api.DimensionRecordType, api.DimensionUsageType, api.DimensionRegion,
	api.DimensionBillingEntity,
}

// parseGroupings reads GroupBy.
func parseGroupings(list []api.GroupDefinition, resources bool) ([]grouping, error) {
	if len(list) > maxGroupings {
		return nil, invalid("GroupBy can have at most %d definitions, found %d", maxGroupings, len(list))
	}
	out := make([]grouping, len(list))
	for i, d := range list {
		var err error
		if out[i], err = parseGrouping(d, resources); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func parseGrouping(d api.GroupDefinition, resources bool) (grouping, error) {
	if d.Type == nil || d.Key == nil || *d.Key == "" {
		return nil, invalid("Each definition of GroupBy needs a Type and a Key")
	}
	switch *d.Type {
	case api.GroupDefinitionTypeCostCategory:
		return nil, invalid(noCostCategories)
	case api.GroupDefinitionTypeTag:
		prefix, key := *d.Key+"$", tagKey(*d.Key)
		return func(s *subject) string { return prefix + s.tag(key) }, nil
	}
	dimension := api.Dimension(*d.Key)
	switch {
	case dimension == api.DimensionResourceId && resources, slices.Contains(groupable, dimension):
		return func(s *subject) string { return s.dimension(dimension) }, nil
	case dimension == api.DimensionResourceId:
		return nil, invalid("The dimension RESOURCE_ID is only supported by GetCostAndUsageWithResources")
	}
	names := make([]string, len(groupable))
	for i, g := range groupable {
		names[i] = string(g)
	}
	slices.Sort(names)
	return nil, invalid("The dimension %s cannot be grouped by. Supported are: %s", *d.Key, strings.Join(names, ", "))
}

// keysOf are the keys of the group that a subject is in.
func keysOf(list []grouping, s *subject) (k keys) {
	for i, g := range list {
		k[i] = g(s)
	}
	return k
}
