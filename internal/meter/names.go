package meter

import (
	"slices"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
)

// Names are the words AWS bills under. They depend on the model, so they are made from the catalog, once; a Names
// never changes.
//
// AWS bills its own models as the service "Amazon Bedrock", and those of other vendors as one service each, sold
// through the Marketplace. The usage types of the two are of different forms. Where no list of AWS shows the form for
// a class, a tier or a region, the name here is put together from the same parts.
type Names struct {
	models map[string]*modelNames
}

type modelNames struct {
	service string
	camel   string // of Amazon's models: "NovaLite"; empty for others
	snake   bool   // sold under the newer usage types: "input_tokens_standard"

	halfHour bool // its caches live thirty minutes
}

// NewNames reads the models of a catalog.
func NewNames(facts *catalog.Catalog) *Names {
	n := &Names{models: map[string]*modelNames{}}
	for _, m := range facts.Models() {
		names := namesOf(m.ID, m.Provider, m.Name)
		names.halfHour = slices.ContainsFunc(facts.PricesOf(m.ID), func(p catalog.Price) bool { return p.CacheWrite30m.Known })
		n.models[m.ID] = names
	}
	return n
}

const (
	ownService    = "Amazon Bedrock"
	ownProvider   = "Amazon"
	soldAsEdition = " (Amazon Bedrock Edition)"
)

func namesOf(id, provider, name string) *modelNames {
	if provider == ownProvider {
		return &modelNames{service: ownService, camel: camelOf(id, name)}
	}
	title := name
	if provider != "Anthropic" && !strings.HasPrefix(strings.ToLower(name), strings.ToLower(provider)) {
		title = provider + " " + name
	}
	return &modelNames{service: title + soldAsEdition, snake: newer(provider, name)}
}

// camelOf is the name without what usage types leave out.
func camelOf(id, name string) string {
	switch {
	case strings.HasPrefix(id, "amazon.titan-embed-text-v2"):
		return "TitanEmbeddingV2-Text"
	case strings.HasPrefix(id, "amazon.titan-embed-text-v1"):
		return "TitanEmbeddingsG1-Text"
	}
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '/' {
			return -1
		}
		return r
	}, name)
}

// newer reports whether a model is sold under the newer usage types: Claude from 4.7 on, and OpenAI's GPT.
func newer(provider, name string) bool {
	switch provider {
	case "OpenAI":
		return strings.HasPrefix(name, "GPT-")
	case "Anthropic":
		for word := range strings.FieldsSeq(name) {
			if v, err := strconv.ParseFloat(word, 64); err == nil {
				return v >= 4.7
			}
		}
	}
	return false
}

// of is what is known of a model. One that has left the catalog is named by its id.
func (n *Names) of(model string) *modelNames {
	if m := n.models[model]; m != nil {
		return m
	}
	return &modelNames{service: model + soldAsEdition}
}

// Service is the SERVICE dimension: "Amazon Bedrock" for Amazon's models, "Claude Sonnet 4.6 (Amazon Bedrock Edition)"
// for others.
func (n *Names) Service(model string) string { return n.of(model).service }

// BillingEntity is the BILLING_ENTITY dimension of a SERVICE: who the bill is from.
func BillingEntity(service string) string {
	if strings.HasSuffix(service, soldAsEdition) {
		return "AWS Marketplace"
	}
	return "AWS"
}

// Unit is what AWS tells the quantity of a class in.
func (n *Names) Unit(model string, class catalog.Class) Unit { return n.of(model).unit(class) }

func (m *modelNames) unit(class catalog.Class) Unit {
	switch {
	case class == catalog.Images:
		return Unit{"Images", 1}
	case class == catalog.SearchQueries:
		return Unit{"1K queries", 1_000}
	case m.camel != "":
		return Unit{"1K tokens", 1_000}
	}
	return Unit{"Units", 1_000_000}
}

// Operation is the OPERATION dimension for a call of the runtime API.
func Operation(operation string, tier catalog.Tier) string {
	switch {
	case tier == catalog.Batch:
		return "InvokeModelBatchInference"
	case operation == "InvokeModelWithResponseStream", operation == "ConverseStream":
		return "InvokeModelStreamingInference"
	}
	return "InvokeModelInference"
}

// Resource is the RESOURCE_ID dimension: the application profile's ARN, or else the model's in the source region.
func Resource(u *Usage) string {
	if u.Application.ARN != "" {
		return u.Application.ARN
	}
	partition := arn.AWS
	if strings.HasPrefix(string(u.Source), "us-gov-") {
		partition = "aws-us-gov"
	}
	return arn.FoundationModel(partition, u.Source, u.Model).String()
}
