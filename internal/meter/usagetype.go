package meter

import (
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
)

// UsageType is the USAGE_TYPE dimension of one class of a call. Its prefix is the source region's.
//
// Amazon's own models:      USE1-NovaLite-input-tokens, …-output-tokens-batch
// others:                   USE1-MP:USE1_InputTokenCount-Units, …_CacheReadInputTokenCount_Global-Units
// others, the newer ones:   USE1-MP:USE1_input_tokens_standard-Units, …_output_tokens_global_standard-Units
func (n *Names) UsageType(u *Usage, class catalog.Class) string {
	return n.of(u.Model).usageType(u, regionPrefix(u.Source), class)
}

func (m *modelNames) usageType(u *Usage, prefix string, class catalog.Class) string {
	global := u.Scope == catalog.Global
	switch {
	case m.camel != "":
		return prefix + "-" + m.camel + "-" + ownMetrics[class] + ownSuffix(u.Tier, global)
	case m.snake:
		metric := snakeMetrics[class]
		if class == catalog.CacheWrite5m && m.halfHour {
			metric = "cache_write_tokens_30m"
		}
		return prefix + "-MP:" + prefix + "_" + metric + snakeSuffix(u.Tier, global) + "-Units"
	}
	return prefix + "-MP:" + prefix + "_" + soldMetrics[class] + soldSuffix(u.Tier, global) + "-Units"
}

// The classes as each form of usage type names them.
var (
	ownMetrics = [catalog.Classes]string{
		"input-tokens", "output-tokens", "input-tokens-cache-read", "input-tokens-cache-write",
		"input-tokens-cache-write-1h", "images", "search-queries",
	}
	soldMetrics = [catalog.Classes]string{
		"InputTokenCount", "OutputTokenCount", "CacheReadInputTokenCount", "CacheWriteInputTokenCount",
		"CacheWrite1hInputTokenCount", "CreatedImage", "SearchUnitCount",
	}
	snakeMetrics = [catalog.Classes]string{
		"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens_5m", "cache_write_tokens_1h",
		"images", "search_units",
	}
)

// tierWord is the tier as usage types write it, behind a joint; the standard one has no word.
func tierWord(t catalog.Tier, joint string) string {
	if t == catalog.Standard {
		return ""
	}
	return joint + t.String()
}

func ownSuffix(t catalog.Tier, global bool) string {
	if global {
		return "-cross-region-global" + tierWord(t, "-")
	}
	return tierWord(t, "-")
}

func soldSuffix(t catalog.Tier, global bool) string {
	suffix := ""
	if global {
		suffix = "_Global"
	}
	if word := tierWord(t, ""); word != "" {
		suffix += "_" + strings.ToUpper(word[:1]) + word[1:]
	}
	return suffix
}

func snakeSuffix(t catalog.Tier, global bool) string {
	if global {
		return "_global_" + t.String()
	}
	return "_" + t.String()
}

// regionPrefix is the code of a region in usage types; an operator's own region is its name in capitals.
func regionPrefix(r arn.Region) string {
	if p, ok := regionPrefixes[r]; ok {
		return p
	}
	return strings.ToUpper(string(r))
}

// regionPrefixes are listed because they cannot be made from the regions' names.
var regionPrefixes = map[arn.Region]string{
	"af-south-1": "AFS1",
	"ap-east-1":  "APE1", "ap-east-2": "APE2", "ap-northeast-1": "APN1", "ap-northeast-2": "APN2",
	"ap-northeast-3": "APN3", "ap-south-1": "APS3", "ap-south-2": "APS5", "ap-southeast-1": "APS1",
	"ap-southeast-2": "APS2", "ap-southeast-3": "APS4", "ap-southeast-4": "APS6", "ap-southeast-5": "APS7",
	"ap-southeast-6": "APS8", "ap-southeast-7": "APS9",
	"ca-central-1": "CAN1", "ca-west-1": "CAN2",
	"eu-central-1": "EUC1", "eu-central-2": "EUC2", "eu-north-1": "EUN1", "eu-south-1": "EUS1",
	"eu-south-2": "EUS2", "eu-west-1": "EUW1", "eu-west-2": "EUW2", "eu-west-3": "EUW3",
	"il-central-1": "ILC1",
	"me-central-1": "MEC1", "me-south-1": "MES1",
	"mx-central-1": "MXC1",
	"sa-east-1":    "SAE1",
	"us-east-1":    "USE1", "us-east-2": "USE2", "us-gov-east-1": "UGE1", "us-gov-west-1": "UGW1",
	"us-west-1": "USW1", "us-west-2": "USW2",
}
