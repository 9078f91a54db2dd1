package bedrock

import (
	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
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

// messagesUsage reads the usage object of Claude's own bodies into u; what it does not say stays.
func messagesUsage(raw []byte, u *chat.Usage) bool {
	var w struct {
		Input      *int64 `json:"input_tokens"`
		Output     *int64 `json:"output_tokens"`
		CacheRead  *int64 `json:"cache_read_input_tokens"`
		CacheWrite *int64 `json:"cache_creation_input_tokens"`
		Split      *struct {
			FiveMinutes int64 `json:"ephemeral_5m_input_tokens"`
			OneHour     int64 `json:"ephemeral_1h_input_tokens"`
		} `json:"cache_creation"`
	}
	if json.Unmarshal(raw, &w) != nil || w.Input == nil && w.Output == nil {
		return false
	}
	set := func(to, from *int64) {
		if from != nil {
			*to = *from
		}
	}
	set(&u.Input, w.Input)
	set(&u.Output, w.Output)
	set(&u.CacheRead, w.CacheRead)
	switch {
	case w.Split != nil:
		u.CacheWrite5m, u.CacheWrite1h = w.Split.FiveMinutes, w.Split.OneHour
	case w.CacheWrite != nil && *w.CacheWrite != u.CacheWrite():
		u.CacheWrite5m, u.CacheWrite1h = *w.CacheWrite, 0
	}
	return true
}

// bodyUsage finds the counts in a body of InvokeModel when no header told them; families that have none in their
// bodies are not counted.
func bodyUsage(body []byte) chat.Usage {
	for o := jsonscan.New(body); o.Next(); {
		if string(o.Name) != "usage" {
			continue
		}
		var u chat.Usage
		if messagesUsage(o.Value, &u) {
			return u
		}
		if u, ok := converseUsage(o.Value); ok && u.Total() > 0 { // Nova's bodies count in Converse's words
			return u
		}
	}
	return chat.Usage{Estimated: true}
}
