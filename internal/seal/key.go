package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/outcrop/outcrop/internal/identity"
)

const (
	keySize = 32 // of a sealing key and of those derived from it: AES-256
	idSize  = 8
)

// Key is one sealing key. Its id, which stands in the open, is derived from it.
type Key struct {
	id   [idSize]byte
	root []byte // HKDF's pseudo-random key: what keys of purposes are expanded from
	text identity.Secret
}

// NewKey makes a random key.
func NewKey() Key {
	var raw [keySize]byte
	rand.Read(raw[:]) // never fails
	return newKey(raw[:])
}

func newKey(raw []byte) Key {
	root, err := hkdf.Extract(sha256.New, raw, nil)
	if err != nil {
		panic("BUG: cannot extract a sealing key: " + err.Error())
	}
	k := Key{root: root, text: identity.NewSecret(base64.StdEncoding.EncodeToString(raw))}
	id, err := hkdf.Expand(sha256.New, root, "outcrop sealing key id", idSize)
	if err != nil {
		panic("BUG: cannot name a sealing key: " + err.Error())
	}
	copy(k.id[:], id)
	return k
}

// ID is the key's name in lower-case hexadecimal. It tells nothing of the key.
func (k Key) ID() string { return hex.EncodeToString(k.id[:]) }

// Text is the key in base64, as ParseKeys reads it.
func (k Key) Text() identity.Secret { return k.text }

// maxKeys is far above any number of rotations that anybody keeps.
const maxKeys = 100

// ParseKeys reads keys of 32 bytes in base64 or hexadecimal, separated by white space or commas. A line may be a
// comment behind a hash. Errors name a key by its place and never show it.
func ParseKeys(text identity.Secret) ([]Key, error) {
	var keys []Key
	places := map[string]int{}
	for line := range strings.Lines(text.Reveal()) {
		line, _, _ = strings.Cut(line, "#")
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r\n,", r) }) {
			place := len(keys) + 1
			raw, err := decodeKey(word)
			if err != nil {
				return nil, fmt.Errorf("sealing key %d: %w", place, err)
			}
			key := newKey(raw)
			if first, twice := places[key.ID()]; twice {
				return nil, fmt.Errorf("sealing key %d is the same as key %d: remove one", place, first)
			}
			if place > maxKeys {
				return nil, fmt.Errorf("more than %d sealing keys: remove the oldest, which stand last", maxKeys)
			}
			places[key.ID()] = place
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no sealing key: make one with outcrop seal new")
	}
	return keys, nil
}

// decodeKey reads 32 bytes in hexadecimal, or in either alphabet of base64, padded or not.
func decodeKey(word string) ([]byte, error) {
	if raw, err := hex.DecodeString(word); err == nil && len(raw) == keySize {
		return raw, nil
	}
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(word, "="))
	raw, err := base64.RawStdEncoding.DecodeString(standard)
	if err != nil {
		return nil, errors.New("it is neither base64 nor hexadecimal; outcrop seal new makes one, or openssl rand -base64 32")
	}
	if len(raw) != keySize {
		return nil, fmt.Errorf("it has %d bytes and must have %d; outcrop seal new makes one, or openssl rand -base64 32", len(raw), keySize)
	}
	return raw, nil
}
