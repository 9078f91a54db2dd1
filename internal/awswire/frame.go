package awswire

import (
	"encoding/binary"
)

// An event-stream message is, big endian: total length and header length (4 bytes each), the CRC-32
// of those eight bytes, headers, payload, and the CRC-32 of everything before it.
const (
	preludeSize  = 12
	trailerSize  = 4
	frameMinimum = preludeSize + trailerSize
)

// FrameHeaders is the encoded header block of a frame, made once for each kind of event.
type FrameHeaders string

// EventHeaders makes the header block of an event, in the order AWS sends it.
func EventHeaders(name string) FrameHeaders {
	return headerBlock(":event-type", name, ":content-type", contentJSON, ":message-type", "event")
}

// exceptionHeaders makes the header block of an exception.
func exceptionHeaders(name string) FrameHeaders {
	return headerBlock(":exception-type", name, ":content-type", contentJSON, ":message-type", "exception")
}

// headerString is the type byte of a string header.
const headerString = 7

// headerBlock encodes names and values of string headers.
func headerBlock(pairs ...string) FrameHeaders {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		b = append(b, byte(len(name)))
		b = append(b, name...)
		b = append(b, headerString)
		b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
		b = append(b, value...)
	}
	return FrameHeaders(b)
}

// OpenFrame appends the beginning of a frame: room for the prelude, and the headers. The payload is
// appended next, and CloseFrame or CloseEvent ends it.
func OpenFrame(dst []byte, h FrameHeaders) []byte {
	var prelude [preludeSize]byte
	binary.BigEndian.PutUint32(prelude[4:], uint32(len(h)))
	dst = append(dst, prelude[:]...)
	return append(dst, h...)
}

// CloseFrame ends the frame that began at start: it fills in the lengths and the checksums.
func CloseFrame(dst []byte, start int) []byte {
	f := dst[start:]
	binary.BigEndian.PutUint32(f, uint32(len(f)+trailerSize))
	binary.BigEndian.PutUint32(f[8:], checksum(f[:8]))
	return binary.BigEndian.AppendUint32(dst, checksum(f))
}

// padding is what AWS takes the padding of an event from, always beginning with its first letter.
const padding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// MaxPadding is the longest padding of an event.
const MaxPadding = len(padding)

// CloseEvent is CloseFrame for an event whose payload is a JSON object. It adds the member p with n
// letters, which hides from a listener how long the event's text is.
func CloseEvent(dst []byte, start, n int) []byte {
	if last := len(dst) - 1; dst[last] == '}' {
		dst = dst[:last]
		if dst[last-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, `"p":"`...)
		dst = append(dst, padding[:n]...)
		dst = append(dst, `"}`...)
	}
	return CloseFrame(dst, start)
}
