package costexplorer

import (
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/meter"
)

// grouping is one key by which usage is told apart.
type grouping func(*meter.Subject) string

// keys are a group's keys. Of one grouping or none the rest is empty.
type keys [maxGroupings]string

const maxGroupings = 2

// groupable are the dimensions that usage can be grouped by, in the order in which AWS lists them.
var groupable = []api.Dimension{
	api.DimensionAz, api.DimensionInstanceType, api.DimensionLinkedAccount, api.DimensionOperation,
	api.DimensionPurchaseType, api.DimensionService, api.DimensionUsageType, api.DimensionPlatform, api.DimensionTenancy,
	api.DimensionRecordType, api.DimensionLegalEntityName, api.DimensionInvoicingEntity, api.DimensionDeploymentOption,
	api.DimensionDatabaseEngine, api.DimensionCacheEngine, api.DimensionInstanceTypeFamily, api.DimensionRegion,
	api.DimensionBillingEntity, api.DimensionReservationId, api.DimensionResourceId, api.DimensionSavingsPlansType,
	api.DimensionSavingsPlanArn, api.DimensionOperatingSystem,
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
		return nil, invalid(emptyGroup)
	}
	switch *d.Type {
	case api.GroupDefinitionTypeCostCategory:
		return nil, invalid(noCostCategories)
	case api.GroupDefinitionTypeTag:
		prefix, key := *d.Key+"$", meter.TagKey(*d.Key)
		return func(s *meter.Subject) string { return prefix + s.Tag(key) }, nil
	}
	dimension := api.Dimension(*d.Key)
	var names []string
	for _, g := range groupable {
		switch {
		case g == api.DimensionResourceId && !resources:
		case g == dimension:
			return func(s *meter.Subject) string { return s.Dimension(string(dimension)) }, nil
		default:
			names = append(names, string(g))
		}
	}
	return nil, invalid("Group Definition dimension is invalid. Valid values are %s", strings.Join(names, ", "))
}

// keysOf are the keys of the group that a subject is in.
func keysOf(list []grouping, s *meter.Subject) (k keys) {
	for i, g := range list {
		k[i] = g(s)
	}
	return k
}
