package openai

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A reader that knows a frame reads every line as one that knows none.
func TestFramesChangeNothing(t *testing.T) {
	seen := &chunkReader{skipID: true}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{
			"a", "", " fox", `\n`, `\"`, `\\`, `\u00e9`, "é", "\xff", `"`, `\`, "\x01", `","x":"`, `"},"finish_reason":"stop","y":{"z":"`,
		})
		form := rapid.SampledFrom([]string{
			`{"choices":[{"delta":{"content":"%s"}}]}`,
			`{"choices":[{"delta":{"content":"%s"},"finish_reason":null}],"usage":null}`,
			`{"choices":[{"delta":{"content":"b","content":"%s"}}]}`,
			`{"choices":[{"delta":{"content":"%s","content":"b"}}]}`,
			`{"choices":[{"delta":{"content":"%s","reasoning":"r"}}]}`,
			`{"choices":[{"delta":{"content":{"a":"%s"}}}]}`,
			`{"choices":[{"delta":{"content":"%s"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3}}`,
			`{"choices":[{"delta":{"tool_calls":[{"function":{"name":"%s"}}]}}]}`,
		})
		for range 20 {
			line := []byte(fmt.Sprintf(form.Draw(t, "form"), text.Draw(t, "text")))
			fresh := &chunkReader{skipID: true}
			want, got := fresh.read(line), seen.read(line)
			if (want == nil) != (got == nil) {
				t.Fatalf("%s: got %v, want %v", line, got, want)
			}
			if want != nil {
				continue
			}
			if len(fresh.calls) == 0 && len(seen.calls) == 0 {
				fresh.calls, seen.calls = nil, nil
			}
			if diff := cmp.Diff(fresh.chunk, seen.chunk, cmp.AllowUnexported(chunk{}, fragment{}, usage{}, apiError{})); diff != "" {
				t.Fatalf("%s:\n%s", line, diff)
			}
		}
	})
}
