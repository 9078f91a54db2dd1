package sigv4

import (
	"crypto/sha256"
	"strings"
	"sync"

	"github.com/outcrop/outcrop/internal/identity"
)

// digest is a SHA-256 sum, or a key made of one.
type digest = [sha256.Size]byte

// hmacSHA256 is HMAC over SHA-256 (RFC 2104). Unlike crypto/hmac it keeps everything on the stack for messages up to
// some hundred bytes, and every message of a signature is that short.
func hmacSHA256(key, message []byte) digest {
	if len(key) > sha256.BlockSize {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	var room [512]byte
	inner := append(room[:sha256.BlockSize], message...)
	var outer [sha256.BlockSize + sha256.Size]byte
	copy(inner, key)
	copy(outer[:], key)
	for i := range sha256.BlockSize {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	sum := sha256.Sum256(inner)
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}

// deriveKey turns a secret into the key that signs within one scope.
func deriveKey(secret identity.Secret, s scope) digest {
	k := hmacSHA256([]byte("AWS4"+secret.Reveal()), []byte(s.day))
	k = hmacSHA256(k[:], []byte(s.region))
	k = hmacSHA256(k[:], []byte(s.service))
	return hmacSHA256(k[:], []byte(s.term))
}

// derivation names a derived key by everything it is made of. The secret itself is part of the name, so a key whose
// secret changes can never find the old derivation.
type derivation struct {
	secret               identity.Secret
	day, region, service string
}

// maxDerived is how many derived keys are remembered, about 200 bytes each.
const maxDerived = 8192

// keyCache remembers derived keys. When it is full it forgets them all: that happens about once a day for thousands of
// keys, and deriving one anew takes a few microseconds.
type keyCache struct {
	mu   sync.RWMutex // guards keys; held across map work only
	keys map[derivation]digest
}

// get returns the key for a scope whose terminator has been checked.
func (c *keyCache) get(secret identity.Secret, s scope) digest {
	name := derivation{secret, s.day, s.region, s.service}
	c.mu.RLock()
	key, ok := c.keys[name]
	c.mu.RUnlock()
	if ok {
		return key
	}
	key = deriveKey(secret, s)
	// The strings are parts of a header: cloned, so that the cache does not keep whole headers alive.
	name.day, name.region, name.service = strings.Clone(s.day), strings.Clone(s.region), strings.Clone(s.service)
	c.put(name, key)
	return key
}

func (c *keyCache) put(name derivation, key digest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) >= maxDerived {
		c.keys = make(map[derivation]digest)
	}
	c.keys[name] = key
}
