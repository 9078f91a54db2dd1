package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// kind says what a record tells of its call.
type kind uint8

const (
	opened       kind = 1 + iota // the call was admitted
	checkpointed                 // so much of its answer has been relayed
	settled                      // what it came to
)

// A record on disk, numbers in little-endian order:
//
//	0   4  CRC32C of everything behind it
//	4   4  length of the payload
//	8   1  kind
//	9   8  number of the call, unique in the directory
//	17     payload
const (
	frameHeader = 17
	// MaxPayload bounds a record, so that a damaged length is not taken for a large record.
	MaxPayload = 1 << 20
)

// frame is one record as it was read. Its payload shares the memory it was read from.
type frame struct {
	kind    kind
	call    uint64
	payload []byte
}

func (f frame) size() int { return frameHeader + len(f.payload) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame appends a record to b.
func appendFrame(b []byte, k kind, call uint64, payload []byte) []byte {
	at := len(b)
	var head [frameHeader]byte
	b = append(append(b, head[:]...), payload...)
	f := b[at:]
	binary.LittleEndian.PutUint32(f[4:], uint32(len(payload)))
	f[8] = byte(k)
	binary.LittleEndian.PutUint64(f[9:], call)
	binary.LittleEndian.PutUint32(f, crc32.Checksum(f[4:], castagnoli))
	return b
}

// parseFrame reads the record at the start of b. It reports false when b starts with anything else,
// or with part of a record.
func parseFrame(b []byte) (frame, bool) {
	n, ok := frameLength(b)
	if !ok || len(b) < n || binary.LittleEndian.Uint32(b) != crc32.Checksum(b[4:n], castagnoli) {
		return frame{}, false
	}
	return frame{kind(b[8]), binary.LittleEndian.Uint64(b[9:]), b[frameHeader:n:n]}, true
}

// frameLength is the size that a record at the start of b claims, if it can be one at all.
func frameLength(b []byte) (int, bool) {
	if len(b) < frameHeader {
		return 0, false
	}
	n, k := binary.LittleEndian.Uint32(b[4:]), kind(b[8])
	return frameHeader + int(n), n <= MaxPayload && k >= opened && k <= settled
}
