package bedrock

import (
	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/anthropic"
	"github.com/outcrop/outcrop/internal/provider/jsonscan"
)

// converseUsage reads the usage member of an answer or a metadata event.
func converseUsage(raw []byte) (chat.Usage, bool) {
	var w struct {
		Input      int64 `json:"inputTokens"`
		Output     int64 `json:"outputTokens"`
		CacheRead  int64 `json:"cacheReadInputTokens"`
		CacheWrite int64 `json:"cacheWriteInputTokens"`
		Details    []struct {
			TTL   string `json:"ttl"`
			Input int64  `json:"inputTokens"`
		} `json:"cacheDetails"`
	}
	if json.Unmarshal(raw, &w) != nil {
		return chat.Usage{}, false
	}
	u := chat.Usage{Input: w.Input, Output: w.Output, CacheRead: w.CacheRead}
	for _, d := range w.Details {
		if d.TTL == "1h" {
			u.CacheWrite1h += d.Input
		}
	}
	u.CacheWrite5m = max(0, w.CacheWrite-u.CacheWrite1h)
	return u, true
}

// metricsUsage reads the member that Bedrock merges into the last chunk of InvokeModel's streams.
func metricsUsage(raw []byte) (chat.Usage, bool) {
	var w struct {
		Input      int64 `json:"inputTokenCount"`
		Output     int64 `json:"outputTokenCount"`
		CacheRead  int64 `json:"cacheReadInputTokenCount"`
		CacheWrite int64 `json:"cacheWriteInputTokenCount"`
	}
	if json.Unmarshal(raw, &w) != nil {
		return chat.Usage{}, false
	}
	return chat.Usage{Input: w.Input, Output: w.Output, CacheRead: w.CacheRead, CacheWrite5m: w.CacheWrite}, true
}

// bodyUsage finds the counts in a body of InvokeModel when no header told them; families that have none in their
// bodies are not counted.
func bodyUsage(body []byte) chat.Usage {
	for o := jsonscan.New(body); o.Next(); {
		if string(o.Name) != "usage" {
			continue
		}
		var u chat.Usage
		if anthropic.ReadUsage(o.Value, &u) {
			return u
		}
		if u, ok := converseUsage(o.Value); ok && u.Total() > 0 { // Nova's bodies count in Converse's words
			return u
		}
	}
	return chat.Usage{Estimated: true}
}
