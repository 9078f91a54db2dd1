package titan

import (
	"slices"
	"strconv"

	"github.com/outcrop/outcrop/internal/chat"
)

// EncodeResponse writes the answer to a request of the variant. The order of members is each model's own.
func EncodeResponse(v Variant, req *chat.EmbedRequest, resp *chat.EmbedResponse) []byte {
	const perNumber = 14 // bytes, about what a float32 and its comma take
	out := make([]byte, 0, 128+2*perNumber*len(resp.Vector))
	float := len(req.Types) == 0 || slices.Contains(req.Types, Float)
	out = append(out, '{')
	if float {
		out = append(out, `"embedding":`...)
		out = append(appendVector(out, resp.Vector), ',')
	}
	out = append(out, `"inputTextTokenCount":`...)
	out = strconv.AppendInt(out, resp.Usage.Input, 10)
	switch v {
	case Image:
		out = append(out, `,"message":null`...)
	case TextV2:
		out = append(out, `,"embeddingsByType":{`...)
		if slices.Contains(req.Types, Binary) {
			out = append(out, `"binary":`...)
			out = appendSigns(out, resp.Vector)
			if float {
				out = append(out, ',')
			}
		}
		if float {
			out = append(out, `"float":`...)
			out = appendVector(out, resp.Vector)
		}
		out = append(out, '}')
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
