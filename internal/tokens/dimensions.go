package tokens

import (
	"bytes"
	"encoding/binary"
)

// dimensions reads an image's width and height in pixels from its first bytes. It reports false for
// other formats, damaged headers, and images without area.
func dimensions(b []byte) (width, height int, ok bool) {
	switch {
	case len(b) >= 24 && string(b[:8]) == "\x89PNG\r\n\x1a\n" && string(b[12:16]) == "IHDR":
		width, height = int(binary.BigEndian.Uint32(b[16:])), int(binary.BigEndian.Uint32(b[20:]))
	case len(b) >= 10 && (string(b[:6]) == "GIF87a" || string(b[:6]) == "GIF89a"):
		width, height = int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))
	case len(b) >= 30 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		width, height = webpChunk(b[12:])
	case len(b) >= 4 && b[0] == 0xFF && b[1] == 0xD8:
		width, height = jpegFrame(b[2:])
	}
	return width, height, width > 0 && height > 0
}

// webpChunk reads the first chunk of a WebP file, of which at least 18 bytes are there.
func webpChunk(b []byte) (width, height int) {
	switch string(b[:4]) {
	case "VP8X": // extended: canvas size less one, 24 bits each
		return 1 + int(uint24(b[12:])), 1 + int(uint24(b[15:]))
	case "VP8L": // lossless: 14 bits each, less one, behind a signature byte
		bits := binary.LittleEndian.Uint32(b[9:])
		return 1 + int(bits&0x3FFF), 1 + int(bits>>14&0x3FFF)
	case "VP8 ": // lossy: 14 bits each, behind the frame tag and a start code
		if !bytes.Equal(b[11:14], []byte{0x9D, 0x01, 0x2A}) {
			return 0, 0
		}
		return int(binary.LittleEndian.Uint16(b[14:]) & 0x3FFF), int(binary.LittleEndian.Uint16(b[16:]) & 0x3FFF)
	default:
		return 0, 0
	}
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// jpegFrame walks the segments behind the start of image to the first frame header.
func jpegFrame(b []byte) (width, height int) {
	for len(b) >= 9 && b[0] == 0xFF {
		marker := b[1]
		switch {
		case marker == 0xFF: // fill byte
			b = b[1:]
			continue
		case marker == 0x01, 0xD0 <= marker && marker <= 0xD7: // no length follows
			b = b[2:]
			continue
		case 0xC0 <= marker && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
			return int(binary.BigEndian.Uint16(b[7:])), int(binary.BigEndian.Uint16(b[5:]))
		}
		next := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if next > len(b) {
			return 0, 0
		}
		b = b[next:]
	}
	return 0, 0
}
