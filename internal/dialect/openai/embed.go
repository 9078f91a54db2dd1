package openai

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
)

// AppendEmbedRequest adds the body of POST /embeddings.
func AppendEmbedRequest(b []byte, r *chat.EmbedRequest, model string) ([]byte, error) {
	if len(r.Image) > 0 {
		return b, fault.New(fault.Validation, "This model's provider makes embeddings of text only.")
	}
	e := encoder{b: append(b, `{"model":`...)}
	e.text(model)
	e.raw(`,"encoding_format":"float"`)
	if r.Dimensions > 0 {
		e.raw(`,"dimensions":`)
		e.b = strconv.AppendInt(e.b, int64(r.Dimensions), 10)
	}
	e.raw(`,"input":`)
	e.text(r.Text)
	return append(e.b, '}'), nil
}

// DecodeEmbedResponse reads the answer to an embedding request. When the server reported no usage, the usage is
// zero and marked as estimated.
func DecodeEmbedResponse(data []byte, r *chat.EmbedRequest) (*chat.EmbedResponse, error) {
	var v struct {
		Data []struct {
			Embedding []float32 `json:"embedding"`
		} `json:"data"`
		Usage *usage `json:"usage"`
	}
	if err := json.Unmarshal(data, &v, lenient()); err != nil {
		return nil, unreadable(err)
	}
	if len(v.Data) != 1 || len(v.Data[0].Embedding) == 0 {
		return nil, fault.New(fault.ModelError, "The model returned %d embeddings, expected one.", len(v.Data))
	}
	answer := &chat.EmbedResponse{Vector: v.Data[0].Embedding, Usage: v.Usage.chat()}
	answer.Usage.Output = 0
	if r.Normalize {
		normalize(answer.Vector)
	}
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
