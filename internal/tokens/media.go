package tokens

import "github.com/outcrop/outcrop/internal/chat"

// How media count where their content cannot be read.
const (
	// Anthropic's rule: an image costs width × height / 750 tokens, after it has been scaled to at most
	// 1,568 pixels a side and about 1.2 megapixels.
	pixelsPerToken = 750
	longestSide    = 1568
	// MaxImage is the most an image costs, and what one costs whose size cannot be read.
	MaxImage = 1600

	documentBytes = 20    // bytes a token of packed documents such as PDF and DOCX: about 2,000 tokens for 40 kB
	redactedBytes = 4     // bytes a token of redacted reasoning
	audioBytes    = 500   // bytes a token of sound: about 32 tokens a second of 128 kbit/s
	videoBytes    = 1_000 // bytes a token of video: about 288 tokens a second of 2.3 Mbit/s

	// elsewhere is the cost of a document, video or sound that stands in a bucket, unseen.
	elsewhere = 2_000
)

func (v *Vocabulary) media(kind chat.BlockKind, m *chat.Media) int64 {
	name := v.Text(m.Name) + v.Text(m.Context)
	switch {
	case kind == chat.ImageBlock:
		return Image(m.Bytes)
	case m.Text != "":
		return name + v.Text(m.Text)
	case m.Bytes == nil:
		return name + elsewhere
	case kind == chat.VideoBlock:
		return 1 + int64(len(m.Bytes))/videoBytes
	case kind == chat.AudioBlock:
		return 1 + int64(len(m.Bytes))/audioBytes
	case plainFormat(m.Format):
		return name + v.Bytes(m.Bytes)
	default:
		return name + 1 + int64(len(m.Bytes))/documentBytes
	}
}

// plainFormat reports whether a document of this format is text as it stands.
func plainFormat(format string) bool {
	switch format {
	case "txt", "md", "csv", "html":
		return true
	default:
		return false
	}
}

// Image counts an image by the dimensions in the header of a PNG, JPEG, GIF or WebP file, and
// MaxImage when there are none to read.
func Image(data []byte) int64 {
	width, height, ok := dimensions(data)
	if !ok {
		return MaxImage
	}
	w, h := float64(width), float64(height)
	if side := max(w, h); side > longestSide {
		w, h = w*longestSide/side, h*longestSide/side
	}
	return min(1+int64(w*h/pixelsPerToken), MaxImage)
}
