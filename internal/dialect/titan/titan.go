// Package titan reads and writes the bodies of Amazon's Titan models: embeddings and text.
package titan

import (
	"strings"
)

// Variant is one of the body formats of the family.
type Variant uint8

// TextV1 is titan-embed-text-v1 and titan-embed-g1-text-02, TextV2 is titan-embed-text-v2, Image is titan-embed-image-v1.
const (
	TextV1 Variant = iota
	TextV2
	Image
)

// VariantOf is the format that a foundation model's id takes, if it is of this family.
func VariantOf(model string) (Variant, bool) {
	name, ok := strings.CutPrefix(model, "amazon.titan-embed-")
	switch {
	case !ok:
		return 0, false
	case strings.HasPrefix(name, "text-v1"), strings.HasPrefix(name, "g1-text-02"):
		return TextV1, true
	case strings.HasPrefix(name, "text-v2"):
		return TextV2, true
	case strings.HasPrefix(name, "image-v1"):
		return Image, true
	}
	return 0, false
}

// The encodings of TextV2's embeddingTypes.
const (
	Float  = "float"
	Binary = "binary"
)

// lengths are the vectors that each variant can make, its default first.
func (v Variant) lengths() []int {
	switch v {
	case TextV2:
		return []int{1024, 512, 256}
	case Image:
		return []int{1024, 384, 256}
	default:
		return []int{1536}
	}
}

// DefaultDimensions is the length of a vector when the request does not say.
func (v Variant) DefaultDimensions() int { return v.lengths()[0] }
