package meter

import (
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
)

// Subject is what filters and groupings ask usage about: its dimensions, and those of its tags that count.
type Subject struct {
	*Dimensions
	Tags  map[string]string
	Call  *Usage // one call, whose tags are taken from where they are instead of from Tags; nil for sums
	Payer arn.Account
}

// entity is who bills and invoices, on paper.
const entity = "Amazon Web Services, Inc."

// Dimension is the subject's value of a dimension by its name in Cost Explorer, such as "USAGE_TYPE". What calls of
// models do not have is "NoInstanceType" and the like.
func (s *Subject) Dimension(name string) string {
	switch name {
	case "LINKED_ACCOUNT":
		return string(s.Account)
	case "PAYER_ACCOUNT":
		return string(s.Payer)
	case "SERVICE":
		return s.Service
	case "USAGE_TYPE":
		return s.UsageType
	case "OPERATION":
		return s.Operation
	case "REGION":
		return string(s.Region)
	case "RECORD_TYPE":
		return s.RecordType
	case "BILLING_ENTITY":
		return BillingEntity(s.Service)
	case "LEGAL_ENTITY_NAME", "INVOICING_ENTITY":
		return entity
	case "RESOURCE_ID":
		return Resource(&Usage{Application: Application{ARN: s.Application}, Source: s.Region, Model: s.Model})
	}
	return none(name)
}

// none is the value of a dimension that usage does not have: "NoAZ", "NoInstanceType".
func none(name string) string {
	var b strings.Builder
	b.WriteString("No")
	for word := range strings.SplitSeq(name, "_") {
		if word == "" {
			continue
		}
		if word == "AZ" || word == "ID" {
			b.WriteString(word)
			continue
		}
		b.WriteString(word[:1] + strings.ToLower(word[1:]))
	}
	return b.String()
}

// Keys of the tags that every call has by itself, so that usage can be told apart by what AWS has no dimension for.
const (
	GeneratedPrefix = "outcrop:"
	TagModel        = GeneratedPrefix + "model"     // id of the foundation model
	TagProfile      = GeneratedPrefix + "profile"   // ARN of the application profile, or id of the cross-region one
	TagPrincipal    = GeneratedPrefix + "principal" // ARN of the caller
)

// Generated are those keys in order.
func Generated() []string { return []string{TagModel, TagPrincipal, TagProfile} }

// Tag is the subject's value of a tag key, empty when it has none.
func (s *Subject) Tag(key string) string {
	switch key {
	case TagModel:
		return s.Model
	case TagPrincipal:
		return s.Principal
	case TagProfile:
		if s.Application != "" {
			return s.Application
		}
		return s.System
	}
	if s.Call != nil {
		return s.Call.Tag(key)
	}
	return s.Tags[key]
}

// Untagged reports whether there is no tag at all but the generated ones.
func (s *Subject) Untagged() bool {
	if s.Call != nil {
		return s.Call.TagSet() == ""
	}
	return len(s.Tags) == 0
}

// TagKey is a tag key without the prefix that some of AWS's paths put in front of principals' tags.
func TagKey(key string) string {
	if rest, ok := strings.CutPrefix(key, "user:"+PrincipalPrefix); ok {
		return PrincipalPrefix + rest
	}
	return key
}
