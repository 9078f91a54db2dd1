package costexplorer

import (
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/meter"
)

// subject is what usage is asked about: its dimensions, and those of its tags that count.
type subject struct {
	*meter.Dimensions
	tags  map[string]string
	payer arn.Account
}

// entity is who bills and invoices, on paper.
const entity = "Amazon Web Services, Inc."

// dimension is the subject's value of a dimension. What calls of models do not have is "NoInstanceType" and the like.
func (s *subject) dimension(d api.Dimension) string {
	switch d {
	case api.DimensionLinkedAccount:
		return string(s.Account)
	case api.DimensionPayerAccount:
		return string(s.payer)
	case api.DimensionService:
		return s.Service
	case api.DimensionUsageType:
		return s.UsageType
	case api.DimensionOperation:
		return s.Operation
	case api.DimensionRegion:
		return string(s.Region)
	case api.DimensionRecordType:
		return s.RecordType
	case api.DimensionBillingEntity:
		return meter.BillingEntity(s.Service)
	case api.DimensionLegalEntityName, api.DimensionInvoicingEntity:
		return entity
	case api.DimensionResourceId:
		return meter.Resource(&meter.Usage{Application: meter.Application{ARN: s.Application}, Source: s.Region, Model: s.Model})
	}
	return none(d)
}

// none is the value of a dimension that usage does not have: "NoAZ", "NoInstanceType".
func none(d api.Dimension) string {
	var b strings.Builder
	b.WriteString("No")
	for word := range strings.SplitSeq(string(d), "_") {
		if word == "AZ" || word == "ID" {
			b.WriteString(word)
			continue
		}
		b.WriteString(word[:1] + strings.ToLower(word[1:]))
	}
	return b.String()
}

// Keys of the tags that every call has by itself, so that usage can be grouped by what AWS has no dimension for.
const (
	generatedPrefix = "outcrop:"
	tagModel        = generatedPrefix + "model"     // id of the foundation model
	tagProfile      = generatedPrefix + "profile"   // ARN of the application profile, or id of the cross-region one
	tagPrincipal    = generatedPrefix + "principal" // ARN of the caller
)

// generated are those keys in order.
func generated() []string { return []string{tagModel, tagPrincipal, tagProfile} }

// tag is the subject's value of a tag key, empty when it has none.
func (s *subject) tag(key string) string {
	switch key {
	case tagModel:
		return s.Model
	case tagPrincipal:
		return s.Principal
	case tagProfile:
		if s.Application != "" {
			return s.Application
		}
		return s.System
	}
	return s.tags[key]
}
