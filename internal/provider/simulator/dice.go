package simulator

import (
	"encoding/base64"
	"encoding/binary"
	"math/bits"
)

// digest is a running hash of a conversation: the same text gives the same value in every process.
// It separates conversations, it does not resist anyone who wants a collision.
type digest uint64

const (
	mixA = 0x9E3779B97F4A7C15
	mixB = 0xD1B54A32D192ED03
)

func (d digest) word(w uint64) digest {
	hi, lo := bits.Mul64(uint64(d)^w^mixA, mixB^bits.RotateLeft64(uint64(d), 32)|1)
	return digest(hi ^ lo)
}

// add mixes in a text and its length, so that "ab", "c" and "a", "bc" differ.
func add[T ~string | ~[]byte](d digest, s T) digest {
	length := uint64(len(s))
	for ; len(s) >= 8; s = s[8:] {
		d = d.word(uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56)
	}
	var tail uint64
	for i := range len(s) {
		tail |= uint64(s[i]) << (8 * i)
	}
	return d.word(tail).word(length)
}

// dice are a seeded source of choices (SplitMix64). The zero value works.
type dice struct{ state uint64 }

// roll starts dice of their own for one purpose, so that one part of an answer does not shift another.
func (d digest) roll(purpose string) *dice { return &dice{uint64(add(d, purpose))} }

func (d *dice) next() uint64 {
	d.state += mixA
	z := d.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// below returns a number from 0 to n-1, for n ≥ 1.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// unit returns a number from 0 up to, but without, 1.
func (d *dice) unit() float64 { return float64(d.next()>>11) / (1 << 53) }

// code returns n characters of the URL-safe base64 alphabet.
func (d *dice) code(n int) string {
	raw := make([]byte, 0, n+8)
	for len(raw) < n {
		raw = binary.LittleEndian.AppendUint64(raw, d.next())
	}
	return base64.RawURLEncoding.EncodeToString(raw)[:n]
}

func pick[T any](d *dice, from []T) T { return from[d.below(len(from))] }
