package simulator

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/outcrop/outcrop/internal/chat"
)

const (
	// maxDimensions bounds a vector; no model of the catalog has more than 3,072.
	maxDimensions = 16_384
	// imageChunk is how many bytes of an image make one feature.
	imageChunk = 4_096
	// gram is the length of the letter sequences that make similar words near each other.
	gram = 3

	wordWeight, gramWeight = 1, 0.3
)

// defaultDimensions is the length of a model's vectors when the caller does not say.
func defaultDimensions(model string) int {
	switch {
	case strings.Contains(model, "titan-embed-text-v1"), strings.Contains(model, "titan-embed-g1"), strings.Contains(model, "cohere.embed-v4"):
		return 1536
	case strings.Contains(model, "nova") && strings.Contains(model, "embed"):
		return 3072
	default:
		return 1024
	}
}

// embed returns the unit vector of a text and an image. Words and their letter sequences are hashed
// to signed features, so texts that share words have a small angle; the features are then spread
// over all dimensions, which leaves angles as they are.
func embed(text string, image []byte, dimensions int) []float32 {
	v := make([]float64, dimensions)
	for word := range strings.FieldsSeq(text) {
		word = plainWord(word)
		feature(v, add(1, word), wordWeight)
		for i := range word {
			if end := gramEnd(word, i); end > 0 {
				feature(v, add(2, word[i:end]), gramWeight)
			}
		}
	}
	for len(image) > 0 {
		n := min(len(image), imageChunk)
		feature(v, add(3, image[:n]), 1)
		image = image[n:]
	}
	spread(v)
	return unit(v)
}

// plainWord is a word without regard to case and the punctuation around it.
func plainWord(word string) string { return strings.ToLower(strings.Trim(word, ".,;:!?()[]{}\"'")) }

// embedInput returns the unit vector of an input's blocks together.
func embedInput(input []chat.Block, dimensions int) []float32 {
	var texts []string
	var media []byte
	for i := range input {
		if m := input[i].Media; m != nil {
			media = append(append(media, m.Bytes...), m.Text...)
			if m.S3 != nil {
				media = append(media, m.S3.URI...)
			}
		} else {
			texts = append(texts, input[i].Text)
		}
	}
	return embed(strings.Join(texts, " "), media, dimensions)
}

// gramEnd returns where the letter sequence that begins at word[i] ends, 0 when the word is too short.
func gramEnd(word string, i int) int {
	for range gram {
		if i >= len(word) {
			return 0
		}
		_, size := utf8.DecodeRuneInString(word[i:])
		i += size
	}
	return i
}

// feature adds one feature to the vector: a hash says where, and with which sign.
func feature(v []float64, d digest, weight float64) {
	die := dice{uint64(d)}
	at := die.below(len(v))
	if die.next()&1 == 0 {
		weight = -weight
	}
	v[at] += weight
}

// spread applies a Walsh-Hadamard transform to each block of the vector. Blocks are as long as the
// greatest power of two that divides the vector's length, so 1536 makes three blocks of 512.
func spread(v []float64) {
	block := len(v) & -len(v)
	for half := 1; half < block; half *= 2 {
		for i := 0; i < len(v); i += 2 * half {
			for j := i; j < i+half; j++ {
				v[j], v[j+half] = v[j]+v[j+half], v[j]-v[j+half]
			}
		}
	}
}

// unit scales a vector to length 1. The zero vector, of an empty text, becomes the first axis.
func unit(v []float64) []float32 {
	var sum float64
	for _, x := range v {
		sum += x * x
	}
	if sum == 0 {
		v[0], sum = 1, 1
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x / math.Sqrt(sum))
	}
	return out
}
