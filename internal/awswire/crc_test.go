package awswire

import (
	"hash/crc32"
	"testing"

	"pgregory.net/rapid"
)

func TestChecksumIsCRC32(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "p")
		if got, want := checksum(p), crc32.ChecksumIEEE(p); got != want {
			t.Fatalf("got %08x, want %08x", got, want)
		}
	})
}
