package titan

import (
	"slices"
	"strconv"

	"github.com/outcrop/outcrop/internal/chat"
)

// EncodeResponse writes the answer to a request of the variant, its members in the model's own order. The family
// takes one input a call, so that there is one vector.
func EncodeResponse(v Variant, req *chat.EmbedRequest, resp *chat.EmbedResponse) []byte {
	var made []float32
	if len(resp.Vectors) > 0 {
		made = resp.Vectors[0]
	}
	const perNumber = 14 // bytes, about what a float32 and its comma take
	out := make([]byte, 0, 128+2*perNumber*len(made))
	float := len(req.Types) == 0 || slices.Contains(req.Types, Float)
	out = append(out, '{')
	var vector []byte
	if float {
		out = append(out, `"embedding":`...)
		start := len(out)
		out = appendVector(out, made)
		vector = out[start:]
		out = append(out, ',')
	}
	out = append(out, `"inputTextTokenCount":`...)
	out = strconv.AppendInt(out, resp.Usage.Input, 10)
	switch v {
	case Image:
		out = append(out, `,"message":null`...)
	case TextV2:
		out = append(out, `,"embeddingsByType":`...)
		out = appendTypes(out, vector, made, slices.Contains(req.Types, Binary))
	}
	return append(out, '}')
}

// appendTypes writes the vector in each encoding asked for; written is its float form, nil when not wanted.
func appendTypes(out, written []byte, vector []float32, binary bool) []byte {
	out = append(out, '{')
	if binary {
		out = append(out, `"binary":`...)
		out = appendSigns(out, vector)
	}
	if binary && written != nil {
		out = append(out, ',')
	}
	if written != nil {
		out = append(out, `"float":`...)
		out = append(out, written...)
	}
	return append(out, '}')
}

// appendVector writes numbers with as many digits as a float32 needs to come back the same.
func appendVector(out []byte, vector []float32) []byte {
	out = append(out, '[')
	for i, x := range vector {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendFloat(out, float64(x), 'g', -1, 32)
	}
	return append(out, ']')
}

// appendSigns writes one bit for each number: 1 where it is positive.
func appendSigns(out []byte, vector []float32) []byte {
	out = append(out, '[')
	for i, x := range vector {
		if i > 0 {
			out = append(out, ',')
		}
		bit := byte('0')
		if x > 0 {
			bit = '1'
		}
		out = append(out, bit)
	}
	return append(out, ']')
}
