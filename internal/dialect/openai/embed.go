package openai

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// AppendEmbedRequest adds the body of POST /embeddings. The inputs must be texts; what they are for is not said, as the
// dialect has no word for it.
func AppendEmbedRequest(b []byte, r *chat.EmbedRequest, model string) ([]byte, error) {
	texts := make([]string, len(r.Inputs))
	for i, input := range r.Inputs {
		if len(input) != 1 || input[0].Kind != chat.TextBlock {
			return b, fault.New(fault.Validation, "This model's provider makes embeddings of text only.")
		}
		texts[i] = input[0].Text
	}
	e := encoder{b: append(b, `{"model":`...)}
	e.text(model)
	e.raw(`,"encoding_format":"float"`)
	if r.Dimensions > 0 {
		e.raw(`,"dimensions":`)
		e.b = strconv.AppendInt(e.b, int64(r.Dimensions), 10)
	}
	e.raw(`,"input":`)
	if len(texts) == 1 { // the form that every server knows
		e.text(texts[0])
		return append(e.b, '}'), nil
	}
	for i, t := range texts {
		e.open(i)
		e.text(t)
	}
	return append(e.b, "]}"...), nil
}

// DecodeEmbedResponse reads the answer to an embedding request. When the server reported no usage, the usage is
// zero and marked as estimated.
func DecodeEmbedResponse(data []byte, r *chat.EmbedRequest) (*chat.EmbedResponse, error) {
	var v struct {
		Data []struct {
			Index     *int      `json:"index"`
			Embedding []float32 `json:"embedding"`
		} `json:"data"`
		Usage *usage `json:"usage"`
	}
	if err := json.Unmarshal(data, &v, lenient()); err != nil {
		return nil, unreadable(err)
	}
	answer := &chat.EmbedResponse{Vectors: make([][]float32, len(r.Inputs)), Usage: v.Usage.chat()}
	for i, d := range v.Data {
		at := i
		if d.Index != nil {
			at = *d.Index
		}
		if at < 0 || at >= len(answer.Vectors) || len(d.Embedding) == 0 {
			return nil, fault.New(fault.ModelError, "The model returned an embedding that is empty, or number %d of %d.", at+1, len(r.Inputs))
		}
		answer.Vectors[at] = d.Embedding
	}
	for _, vector := range answer.Vectors {
		if vector == nil {
			return nil, fault.New(fault.ModelError, "The model returned %d embeddings, expected %d.", len(v.Data), len(r.Inputs))
		}
		if r.Normalize {
			normalize(vector)
		}
	}
	answer.Usage.Output = 0
	return answer, nil
}

// normalize scales a vector to the length one; the zero vector stays as it is.
func normalize(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return
	}
	scale := 1 / math.Sqrt(sum)
	for i := range v {
		v[i] = float32(float64(v[i]) * scale)
	}
}
