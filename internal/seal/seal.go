// Package seal keeps secrets at rest, and tokens in strangers' hands, unreadable and unchanged: it seals texts with the
// keys of a ring.
//
// A sealed text is a version, the id of the key, and what AES-256-GCM makes of the text under a random nonce. Each
// purpose has a key of its own, derived by HKDF-SHA256, and is authenticated together with the version and the id, so a
// text opens only under the purpose it was sealed for. A purpose may name a record ("access-key/AKIA…"): then nobody can
// put one record's sealed text into another's place. No purpose may seal more than 2³² texts, the bound of random nonces.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
)

const (
	version = 1
	header  = 1 + idSize // the version and the key's id
	// Overhead is how many bytes a sealed text is longer than the text.
	Overhead = header + 12 + 16 // the nonce in front, the tag behind
)

// Ring is an ordered set of keys: the first seals, all open. It is safe for concurrent use.
type Ring struct{ keys atomic.Pointer[[]Key] }

// NewRing makes a ring of at least one key.
func NewRing(keys ...Key) (*Ring, error) {
	r := new(Ring)
	return r, r.Replace(keys...)
}

// Replace puts other keys in the place of those there are. What was sealed with a key that is gone does not open.
func (r *Ring) Replace(keys ...Key) error {
	if len(keys) == 0 {
		return errors.New("a ring of sealing keys needs at least one key")
	}
	keys = append([]Key(nil), keys...)
	r.keys.Store(&keys)
	return nil
}

// ID is the id of the key that seals.
func (r *Ring) ID() string { return (*r.keys.Load())[0].ID() }

// Seal seals text for a purpose with the first key.
func (r *Ring) Seal(purpose string, text []byte) []byte {
	key := (*r.keys.Load())[0]
	out := make([]byte, header, len(text)+Overhead)
	out[0] = version
	copy(out[1:], key.id[:])
	return key.cipher(purpose).Seal(out, nil, text, bound(out, purpose))
}

// Open returns the text that was sealed for a purpose. It fails when the text was sealed for another one, was changed,
// or was sealed with a key that the ring does not have.
func (r *Ring) Open(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return nil, fmt.Errorf("cannot open a text of %d bytes: it is not a sealed one", len(sealed))
	}
	for _, key := range *r.keys.Load() {
		if string(key.id[:]) != string(sealed[1:header]) {
			continue
		}
		text, err := key.cipher(purpose).Open(nil, nil, sealed[header:], bound(sealed[:header], purpose))
		if err != nil {
			return nil, fmt.Errorf("cannot open a text sealed with the key %x: it was changed, or sealed for another purpose than this", key.id)
		}
		return text, nil
	}
	return nil, fmt.Errorf("cannot open a text sealed with the key %x, which is not among the sealing keys: add it behind the first one", sealed[1:header])
}

// Current reports whether a text was sealed with the key that seals today. After a rotation the owner of stored texts
// can seal those anew that were not.
func (r *Ring) Current(sealed []byte) bool {
	return len(sealed) >= Overhead && sealed[0] == version && string((*r.keys.Load())[0].id[:]) == string(sealed[1:header])
}

// bound is what the seal authenticates beside the text.
func bound(head []byte, purpose string) []byte {
	return append(append(make([]byte, 0, header+len(purpose)), head[:header]...), purpose...)
}

// cipher is the AEAD of one purpose. It puts a random nonce in front of what it seals.
func (k Key) cipher(purpose string) cipher.AEAD {
	derived, err := hkdf.Expand(sha256.New, k.root, "outcrop seal "+purpose, keySize)
	if err != nil {
		panic("BUG: cannot derive a sealing key: " + err.Error())
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		panic("BUG: a sealing key does not fit the cipher: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("BUG: the cipher has another block size than GCM's: " + err.Error())
	}
	return aead
}
