package awswire

import (
	"encoding/binary"
	"hash/crc32"
)

// The standard library sums long blocks with vector instructions, but goes byte by byte through what
// is shorter than 16: a prelude, and the end of every message. Eight bytes a step is what makes a
// frame of a hundred bytes cheap (BenchmarkAppendTextDeltaFrame).

// slices8 are the tables of CRC-32 (IEEE) by eight bytes: slices8[k] advances a byte past k zero bytes.
var slices8 = func() (t [8]crc32.Table) {
	t[0] = *crc32.IEEETable
	for k := 1; k < len(t); k++ {
		for i, crc := range t[k-1] {
			t[k][i] = t[0][crc&0xff] ^ crc>>8
		}
	}
	return t
}()

// checksum is crc32.ChecksumIEEE, quick for short messages.
func checksum(p []byte) uint32 {
	const block, worthwhile = 16, 64
	if len(p) < worthwhile {
		return updateShort(0, p)
	}
	bulk := len(p) &^ (block - 1)
	return updateShort(crc32.Update(0, crc32.IEEETable, p[:bulk]), p[bulk:])
}

// updateShort adds a few bytes to a checksum.
func updateShort(crc uint32, p []byte) uint32 {
	t := &slices8
	crc = ^crc
	for ; len(p) >= 8; p = p[8:] {
		low := crc ^ binary.LittleEndian.Uint32(p)
		crc = t[0][p[7]] ^ t[1][p[6]] ^ t[2][p[5]] ^ t[3][p[4]] ^
			t[4][low>>24] ^ t[5][low>>16&0xff] ^ t[6][low>>8&0xff] ^ t[7][low&0xff]
	}
	for _, b := range p {
		crc = t[0][byte(crc)^b] ^ crc>>8
	}
	return ^crc
}
