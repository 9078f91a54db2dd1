package dialect

import (
	"encoding/base64"
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect/malformed"
)

// imageHeads are the first bytes of the formats that models read.
var imageHeads = [...]struct{ head, format string }{
	{"\x89PNG\r\n\x1a\n", "png"}, {"\xff\xd8\xff", "jpeg"}, {"GIF87a", "gif"}, {"GIF89a", "gif"},
}

// ImageFormat is the format that an image's first bytes tell, "" when they tell none.
func ImageFormat(data []byte) string {
	for _, f := range imageHeads {
		if strings.HasPrefix(string(data[:min(len(data), 16)]), f.head) {
			return f.format
		}
	}
	if len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP" {
		return "webp"
	}
	return ""
}

// Image reads an image in base64 of which no more is said. Errors are violations for the caller to place.
func Image(encoded string) (chat.Block, error) {
	data, err := base64.StdEncoding.DecodeString(encoded)
	switch {
	case err != nil:
		return chat.Block{}, malformed.New("is not base64")
	case len(data) == 0:
		return chat.Block{}, malformed.New("expected minLength: 1, actual: 0")
	}
	return chat.Block{Kind: chat.ImageBlock, Media: &chat.Media{Format: ImageFormat(data), Bytes: data}}, nil
}
