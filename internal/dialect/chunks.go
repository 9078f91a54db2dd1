package dialect

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
)

// Chunks is the buffer in which a StreamEncoder writes the chunks of one event. It keeps its memory, so
// that an event costs no allocation once it has grown. The zero value is ready.
type Chunks struct {
	buf    []byte
	ends   []int // where each chunk of buf ends
	chunks [][]byte
}

// Reset forgets the chunks of the last event.
func (c *Chunks) Reset() { c.buf, c.ends = c.buf[:0], c.ends[:0] }

// Raw adds JSON as it is.
func (c *Chunks) Raw(s string) { c.buf = append(c.buf, s...) }

// Text adds a JSON string; bytes that are not UTF-8 are replaced.
func (c *Chunks) Text(s string) { c.buf, _ = jsontext.AppendQuote(c.buf, s) }

// Int adds a number.
func (c *Chunks) Int(n int64) { c.buf = strconv.AppendInt(c.buf, n, 10) }

// Member adds a number behind the text that names it.
func (c *Chunks) Member(name string, n int64) {
	c.Raw(name)
	c.Int(n)
}

// End closes a chunk.
func (c *Chunks) End(tail string) {
	c.Raw(tail)
	c.ends = append(c.ends, len(c.buf))
}

// Cut divides the buffer, which has stopped moving, into its chunks.
func (c *Chunks) Cut() [][]byte {
	c.chunks = c.chunks[:0]
	from := 0
	for _, to := range c.ends {
		c.chunks = append(c.chunks, c.buf[from:to:to])
		from = to
	}
	return c.chunks
}

// Metrics adds what Bedrock merges into the last chunk of every stream: a comma and the member
// "amazon-bedrock-invocationMetrics", and the mark of a guardrail that stopped the answer.
func (c *Chunks) Metrics(u chat.Usage, stop chat.StopReason, caching bool, t Timing) {
	c.Member(`,"amazon-bedrock-invocationMetrics":{"inputTokenCount":`, u.Input)
	c.Member(`,"outputTokenCount":`, u.Output)
	c.Member(`,"invocationLatency":`, t.Invocation)
	c.Member(`,"firstByteLatency":`, t.FirstByte)
	if caching || u.CacheRead > 0 || u.CacheWrite() > 0 {
		c.Member(`,"cacheReadInputTokenCount":`, u.CacheRead)
		c.Member(`,"cacheWriteInputTokenCount":`, u.CacheWrite())
	}
	c.Raw(`}`)
	if stop == chat.GuardrailIntervened {
		c.Raw(`,"amazon-bedrock-guardrailAction":"INTERVENED"`)
	}
}

// Metrics is "amazon-bedrock-invocationMetrics" as it is read.
type Metrics struct {
	Input      int64 `json:"inputTokenCount"`
	Output     int64 `json:"outputTokenCount"`
	CacheRead  int64 `json:"cacheReadInputTokenCount"`
	CacheWrite int64 `json:"cacheWriteInputTokenCount"`
}

// Usage is the metrics in chat's words. What was written to a cache counts as written for five minutes, the default.
func (m *Metrics) Usage() chat.Usage {
	if m == nil {
		return chat.Usage{}
	}
	return chat.Usage{Input: m.Input, Output: m.Output, CacheRead: m.CacheRead, CacheWrite5m: m.CacheWrite}
}
