package anthropic

import (
	"testing"

	"github.com/outcrop/outcrop/internal/chat"
)

func TestReadUsage(t *testing.T) {
	var u chat.Usage
	for _, step := range []struct {
		raw  string
		read bool
		want chat.Usage
	}{
		{
			`{"input_tokens":5,"cache_creation_input_tokens":7,"cache_read_input_tokens":2,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4},"output_tokens":1}`, true,
			chat.Usage{Input: 5, Output: 1, CacheRead: 2, CacheWrite5m: 3, CacheWrite1h: 4},
		},
		{`{"output_tokens":9,"cache_creation_input_tokens":7}`, true, chat.Usage{Input: 5, Output: 9, CacheRead: 2, CacheWrite5m: 3, CacheWrite1h: 4}},
		{`{"output_tokens":9,"cache_creation_input_tokens":8}`, true, chat.Usage{Input: 5, Output: 9, CacheRead: 2, CacheWrite5m: 8}},
		{`{}`, false, chat.Usage{Input: 5, Output: 9, CacheRead: 2, CacheWrite5m: 8}},
		{``, false, chat.Usage{Input: 5, Output: 9, CacheRead: 2, CacheWrite5m: 8}},
		{`{"output_tokens":"x"}`, false, chat.Usage{Input: 5, Output: 9, CacheRead: 2, CacheWrite5m: 8}},
	} {
		if read := ReadUsage([]byte(step.raw), &u); read != step.read || u != step.want {
			t.Errorf("%s: %v, %+v", step.raw, read, u)
		}
	}
	if ReadStop([]byte(`"refusal"`)) != chat.ContentFiltered || ReadStop([]byte("null")) != "" || ReadStop([]byte(`"`)) != "" {
		t.Error("stop reasons")
	}
}
