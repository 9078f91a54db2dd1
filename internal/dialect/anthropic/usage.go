package anthropic

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
)

// ReadUsage reads a usage object of a body that is passed on into u; what it does not say stays, as the
// chunks of a stream tell one part after the other. It reports false for what counts nothing.
func ReadUsage(raw jsontext.Value, u *chat.Usage) bool {
	var w struct {
		usage
		Output *int64 `json:"output_tokens"`
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
	case w.Creation != nil:
		u.CacheWrite5m, u.CacheWrite1h = w.Creation.FiveMinutes, w.Creation.OneHour
	case w.CacheWrite != nil && *w.CacheWrite != u.CacheWrite():
		u.CacheWrite5m, u.CacheWrite1h = *w.CacheWrite, 0
	}
	return true
}

// ReadStop is chat's word for a stop_reason of a body that is passed on, "" for none.
func ReadStop(raw jsontext.Value) chat.StopReason {
	if raw.Kind() != '"' || len(raw) < 2 {
		return ""
	}
	return stopReason(string(raw[1 : len(raw)-1]))
}
