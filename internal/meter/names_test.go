package meter

import (
	"testing"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
)

func TestServices(t *testing.T) {
	names := NewNames(facts(t))
	for model, want := range map[string][2]string{
		nova:                           {"Amazon Bedrock", "AWS"},
		"amazon.titan-embed-text-v2:0": {"Amazon Bedrock", "AWS"},
		"anthropic.claude-sonnet-4-6":  {"Claude Sonnet 4.6 (Amazon Bedrock Edition)", "AWS Marketplace"},
		"anthropic.claude-3-5-sonnet-20240620-v1:0": {"Claude 3.5 Sonnet (Amazon Bedrock Edition)", "AWS Marketplace"},
		"openai.gpt-5.6-sol":                        {"OpenAI GPT-5.6 Sol (Amazon Bedrock Edition)", "AWS Marketplace"},
		"meta.llama3-3-70b-instruct-v1:0":           {"Meta Llama 3.3 70B Instruct (Amazon Bedrock Edition)", "AWS Marketplace"},
		"deepseek.r1-v1:0":                          {"DeepSeek-R1 (Amazon Bedrock Edition)", "AWS Marketplace"},
		"gone.model":                                {"gone.model (Amazon Bedrock Edition)", "AWS Marketplace"},
	} {
		got := names.Service(model)
		if entity := BillingEntity(got); got != want[0] || entity != want[1] {
			t.Errorf("%s: got %q from %q, want %q from %q", model, got, entity, want[0], want[1])
		}
	}
}

func TestUsageTypes(t *testing.T) {
	names := NewNames(facts(t))
	const (
		inRegion, global = catalog.InRegion, catalog.Global
		standard, batch  = catalog.Standard, catalog.Batch
		claude47, gpt    = "anthropic.claude-opus-4-7", "openai.gpt-5.6-sol"
	)
	tests := []struct {
		model  string
		source arn.Region
		scope  catalog.Scope
		tier   catalog.Tier
		class  catalog.Class
		want   string
	}{
		{nova, "us-east-1", inRegion, standard, catalog.Input, "USE1-NovaLite-input-tokens"},
		{"amazon.nova-pro-v1:0", "us-east-1", catalog.Geo, standard, catalog.Output, "USE1-NovaPro-output-tokens"},
		{"amazon.titan-embed-text-v2:0", "us-east-1", inRegion, standard, catalog.Input, "USE1-TitanEmbeddingV2-Text-input-tokens"},
		{nova, "ap-south-1", inRegion, batch, catalog.Input, "APS3-NovaLite-input-tokens-batch"},
		{nova, "eu-west-1", inRegion, catalog.Priority, catalog.Output, "EUW1-NovaLite-output-tokens-priority"},
		{nova, "us-west-2", inRegion, catalog.Flex, catalog.CacheRead, "USW2-NovaLite-input-tokens-cache-read-flex"},
		{nova, "ca-central-1", global, standard, catalog.Input, "CAN1-NovaLite-input-tokens-cross-region-global"},
		{sonnet, "us-east-1", inRegion, standard, catalog.Input, "USE1-MP:USE1_InputTokenCount-Units"},
		{sonnet, "us-east-1", catalog.Geo, standard, catalog.Output, "USE1-MP:USE1_OutputTokenCount-Units"},
		{sonnet, "us-east-1", global, standard, catalog.CacheRead, "USE1-MP:USE1_CacheReadInputTokenCount_Global-Units"},
		{sonnet, "us-east-1", inRegion, standard, catalog.CacheWrite5m, "USE1-MP:USE1_CacheWriteInputTokenCount-Units"},
		{sonnet, "eu-central-1", global, batch, catalog.Input, "EUC1-MP:EUC1_InputTokenCount_Global_Batch-Units"},
		{"anthropic.claude-sonnet-4-6", "us-east-1", inRegion, standard, catalog.Input, "USE1-MP:USE1_InputTokenCount-Units"},
		{claude47, "us-east-1", inRegion, standard, catalog.Input, "USE1-MP:USE1_input_tokens_standard-Units"},
		{claude47, "us-east-1", inRegion, standard, catalog.Output, "USE1-MP:USE1_output_tokens_standard-Units"},
		{claude47, "us-east-1", global, standard, catalog.Input, "USE1-MP:USE1_input_tokens_global_standard-Units"},
		{claude47, "us-east-1", inRegion, standard, catalog.CacheWrite1h, "USE1-MP:USE1_cache_write_tokens_1h_standard-Units"},
		{"anthropic.claude-opus-5", "us-east-1", inRegion, catalog.Priority, catalog.Input, "USE1-MP:USE1_input_tokens_priority-Units"},
		{gpt, "us-east-1", inRegion, standard, catalog.CacheWrite5m, "USE1-MP:USE1_cache_write_tokens_30m_standard-Units"},
		{house, "site-a", inRegion, standard, catalog.Input, "SITE-A-MP:SITE-A_InputTokenCount-Units"},
	}
	for _, tt := range tests {
		u := Usage{Model: tt.model, Source: tt.source, Scope: tt.scope, Tier: tt.tier}
		if got := names.UsageType(&u, tt.class); got != tt.want {
			t.Errorf("%s in %s: got %s, want %s", tt.model, tt.source, got, tt.want)
		}
	}
}

// Two calls that are priced apart must not be billed under one name.
func TestUsageTypesTellPricesApart(t *testing.T) {
	names := NewNames(facts(t))
	for _, model := range []string{nova, sonnet, "anthropic.claude-opus-4-7", "openai.gpt-5.6-sol", house} {
		seen := map[string]string{}
		for _, scope := range []catalog.Scope{catalog.InRegion, catalog.Global} {
			for tier := catalog.Standard; tier <= catalog.Ultrafast; tier++ {
				for class := range catalog.Class(catalog.Classes) {
					u := Usage{Model: model, Source: "us-east-1", Scope: scope, Tier: tier}
					key := string(scope) + " " + tier.String() + " " + class.String()
					name := names.UsageType(&u, class)
					if other, twice := seen[name]; twice {
						t.Errorf("%s: %s is both %s and %s", model, name, other, key)
					}
					seen[name] = key
				}
			}
		}
	}
}

func TestEveryRegionHasItsOwnPrefix(t *testing.T) {
	seen := map[string]arn.Region{}
	for _, r := range facts(t).Regions() {
		p, listed := regionPrefixes[r.ID]
		if other, twice := seen[p]; twice || !listed {
			t.Errorf("%s: prefix %q (listed: %v) is also that of %q", r.ID, p, listed, other)
		}
		seen[p] = r.ID
	}
}

func TestUnits(t *testing.T) {
	names := NewNames(facts(t))
	tests := []struct {
		model string
		class catalog.Class
		want  Unit
		text  string // of 1,234,500
	}{
		{nova, catalog.Input, Unit{"1K tokens", 1000}, "1234.5"},
		{sonnet, catalog.Output, Unit{"Units", 1_000_000}, "1.2345"},
		{"amazon.nova-canvas-v1:0", catalog.Images, Unit{"Images", 1}, "1234500"},
		{"cohere.rerank-v3-5:0", catalog.SearchQueries, Unit{"1K queries", 1000}, "1234.5"},
	}
	for _, tt := range tests {
		got := names.Unit(tt.model, tt.class)
		if text := got.Quantity(1_234_500); got != tt.want || text != tt.text {
			t.Errorf("%s: got %+v, %s; want %+v, %s", tt.model, got, text, tt.want, tt.text)
		}
	}
}

func TestOperations(t *testing.T) {
	for call, want := range map[string]string{
		"InvokeModel": "InvokeModelInference", "Converse": "InvokeModelInference",
		"InvokeModelWithResponseStream": "InvokeModelStreamingInference", "ConverseStream": "InvokeModelStreamingInference",
	} {
		if got := Operation(call, catalog.Standard); got != want {
			t.Errorf("%s: got %s, want %s", call, got, want)
		}
		if got := Operation(call, catalog.Batch); got != "InvokeModelBatchInference" {
			t.Errorf("%s in a batch: got %s", call, got)
		}
	}
}

func TestResource(t *testing.T) {
	u := Usage{Model: nova, Source: "eu-west-1"}
	if got := Resource(&u); got != "arn:aws:bedrock:eu-west-1::foundation-model/"+nova {
		t.Errorf("got %s for a bare model", got)
	}
	u.Source = "us-gov-west-1"
	if got := Resource(&u); got != "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/"+nova {
		t.Errorf("got %s in GovCloud", got)
	}
	u.Application.ARN = "arn:app"
	if got := Resource(&u); got != "arn:app" {
		t.Errorf("got %s for an application profile", got)
	}
}
