package cohere

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/chat"
)

// EncodeResponse writes the answer to a request: bare vectors, or by encoding when the request named some. The texts
// stand beside them, as the models repeat them. id is the request's.
func (e Embed) EncodeResponse(req *chat.EmbedRequest, resp *chat.EmbedResponse, id string) []byte {
	out := append(make([]byte, 0, 256+16*size(resp)), `{"embeddings":`...)
	kind := "embeddings_floats"
	if len(req.Types) == 0 {
		out = appendVectors(out, resp.Vectors, "float")
	} else {
		kind = "embeddings_by_type"
		for i, t := range req.Types {
			out = append(out, "{,"[min(i, 1)], '"')
			out = append(append(out, t...), `":`...)
			out = appendVectors(out, resp.Vectors, t)
		}
		out = append(out, '}')
	}
	out = append(out, `,"id":`...)
	if resp.ID != "" {
		id = resp.ID
	}
	out, _ = jsontext.AppendQuote(out, id)
	out = append(append(out, `,"response_type":"`...), kind...)
	out = append(out, `","texts":[`...)
	n := 0
	for _, input := range req.Inputs {
		if len(input) == 1 && input[0].Kind == chat.TextBlock {
			if n > 0 {
				out = append(out, ',')
			}
			out, _ = jsontext.AppendQuote(out, input[0].Text)
			n++
		}
	}
	return append(out, "]}"...)
}

func size(resp *chat.EmbedResponse) (n int) {
	for _, v := range resp.Vectors {
		n += len(v)
	}
	return n
}

func appendVectors(out []byte, vectors [][]float32, encoding string) []byte {
	out = append(out, '[')
	for i, v := range vectors {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '[')
		out = appendVector(out, v, encoding)
		out = append(out, ']')
	}
	return append(out, ']')
}

func appendVector(out []byte, v []float32, encoding string) []byte {
	switch encoding {
	case "int8", "uint8":
		shift := int64(0)
		if encoding == "uint8" {
			shift = 128
		}
		step := math.Sqrt(float64(len(v))) / spread
		for i, x := range v {
			out = strconv.AppendInt(comma(out, i), quantized(float64(x)*step)+shift, 10)
		}
	case "binary", "ubinary":
		shift := int64(0)
		if encoding == "binary" {
			shift = 128
		}
		for i := 0; i < len(v); i += 8 {
			out = strconv.AppendInt(comma(out, i), packed(v[i:min(i+8, len(v))])-shift, 10)
		}
	default:
		for i, x := range v {
			out = strconv.AppendFloat(comma(out, i), float64(x), 'g', -1, 32)
		}
	}
	return out
}

func comma(out []byte, i int) []byte {
	if i > 0 {
		return append(out, ',')
	}
	return out
}

// spread is the range that whole numbers cover, in standard deviations of a unit vector's components: few are outside.
const spread = 4

// quantized is a component of -1 to 1 as a whole number of 8 bits.
func quantized(x float64) int64 {
	return int64(max(math.MinInt8, min(math.MaxInt8, math.Round(x*math.MaxInt8))))
}

// packed is one bit for each of up to eight numbers, 1 where it is positive, the first in the highest place.
func packed(v []float32) (bits int64) {
	for i, x := range v {
		if x > 0 {
			bits |= 1 << (7 - i)
		}
	}
	return bits
}
