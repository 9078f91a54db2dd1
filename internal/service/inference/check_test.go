package inference

import (
	"testing"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

func TestWhatAModelCannotDoAtAll(t *testing.T) {
	text := &catalog.Model{ID: "m", Input: []catalog.Modality{catalog.Text}, Output: []catalog.Modality{catalog.Text}, Streaming: true, MaxOutput: 100}
	whole := *text
	whole.Streaming = false
	vectors := &catalog.Model{ID: "v", Output: []catalog.Modality{catalog.Embedding}}
	unbounded := *text
	unbounded.MaxOutput = 0
	for name, c := range map[string]struct {
		model  *catalog.Model
		asked  int
		stream bool
		want   string
	}{
		"a text model":                   {text, 100, true, ""},
		"a length it was not asked for":  {text, 0, false, ""},
		"a token too many":               {text, 101, false, "The maximum tokens you requested exceeds the model limit of 100. Try again with a maximum tokens value that is lower than 100."},
		"any length where none is known": {&unbounded, 1 << 30, false, ""},
		"a stream of one that has none":  {&whole, 1, true, "The model is unsupported for streaming."},
		"a whole answer of the same":     {&whole, 1, false, ""},
		"a conversation with an encoder": {vectors, 1, false, "This action doesn't support the model that you provided. Try again with a supported text or chat model."},
	} {
		t.Run(name, func(t *testing.T) {
			r := &chat.Request{}
			if c.asked > 0 {
				r.Inference.MaxTokens = &c.asked
			}
			err := Check(c.model, r, c.stream)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (!fault.Is(err, fault.Validation) || err.Error() != c.want):
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}
