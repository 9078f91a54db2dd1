package journal

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
)

// Run names one life of a journal, from Open to its end. It is random, so that positions of
// different runs, or of a directory restored from a backup, are never taken for each other.
type Run [16]byte

// String is the run in hexadecimal digits.
func (r Run) String() string { return hex.EncodeToString(r[:]) }

// Position is a place in a run: the number of a segment in the upper half, an offset in the lower.
type Position int64

func position(segment uint32, offset int64) Position {
	return Position(int64(segment)<<32 | offset)
}

// parts are the number of the segment, and the offset in it.
func (p Position) parts() (segment uint32, offset int64) {
	return uint32(p >> 32), int64(p & 0xFFFF_FFFF)
}

// segment is one file of the journal.
type segment struct {
	number uint32
	run    Run
	// size is what of the file counts. Guarded by Journal.io while the segment is written, fixed after.
	size int64

	// The fields below are guarded by Journal.io.
	file    File // nil once nobody writes any more
	syncing bool // a sync runs without the lock, so closing is its duty
	retired bool
}

func (s *segment) name() string  { return fmt.Sprintf("%010d%s", s.number, suffix) }
func (s *segment) end() Position { return position(s.number, s.size) }

const suffix = ".journal"

// segmentNumbers are the numbers of the segments among names, lowest first. Other files are left alone.
func segmentNumbers(names []string) []uint32 {
	var numbers []uint32
	for _, name := range names {
		digits, ok := strings.CutSuffix(name, suffix)
		n, err := strconv.ParseUint(digits, 10, 32)
		if ok && err == nil && len(digits) == 10 {
			numbers = append(numbers, uint32(n))
		}
	}
	slices.Sort(numbers)
	return numbers
}

// A segment of any version starts with
//
//	0   8  "outcropJ"
//	8   4  version of the format
//	12  4  number of the segment
//	16 16  run
//	32  4  CRC32C of everything before it
const (
	segmentHeader = 36
	magic         = "outcropJ"
	version       = 1
)

func (s *segment) header() []byte {
	b := append(make([]byte, 0, segmentHeader), magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, s.number)
	b = append(b, s.run[:]...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// errNoHeader means that a file ends or breaks before its header does: it never held a record.
var errNoHeader = errors.New("no whole header")

// readHeader is the reverse of header.
func readHeader(b []byte) (s segment, err error) {
	if len(b) < segmentHeader {
		return s, errNoHeader
	}
	b = b[:segmentHeader]
	if string(b[:8]) != magic || binary.LittleEndian.Uint32(b[32:]) != crc32.Checksum(b[:32], castagnoli) {
		return s, errNoHeader
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v > version {
		return s, fmt.Errorf("it has format %d, made by a newer outcrop; this one knows formats up to %d (use the newer program until the journal is drained)", v, version)
	}
	s.number = binary.LittleEndian.Uint32(b[12:])
	copy(s.run[:], b[16:])
	s.size = segmentHeader
	return s, nil
}
