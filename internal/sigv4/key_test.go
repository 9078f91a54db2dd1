package sigv4

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
)

func TestASecretThatChangesIsNotRemembered(t *testing.T) {
	keys := keyring{testID: testKey()}
	v := NewVerifier(keys, Options{Services: []Service{{Name: "bedrock"}}})
	if _, err := v.Verify(newRequest(), testBody(), signedAt()); err != nil {
		t.Fatal(err)
	}
	changed := testKey()
	changed.Secret = identity.NewSecret("new")
	keys[testID] = changed
	if _, err := v.Verify(newRequest(), testBody(), signedAt()); !fault.Is(err, fault.InvalidSignature) {
		t.Errorf("the old secret: got %v, want an invalid signature", err)
	}
	r := newRequest()
	Sign(r, testBody(), changed, "us-east-1", "bedrock", signedAt())
	if _, err := v.Verify(r, testBody(), signedAt()); err != nil {
		t.Errorf("the new secret: %v", err)
	}
}

func TestAKeyWithoutASecretProvesNothing(t *testing.T) {
	key := identity.AccessKey{ID: testID}
	r := newRequest()
	Sign(r, testBody(), key, "us-east-1", "bedrock", signedAt())
	v := NewVerifier(keyring{testID: key}, Options{Services: []Service{{Name: "bedrock"}}})
	if _, err := v.Verify(r, testBody(), signedAt()); !fault.Is(err, fault.UnrecognizedClient) {
		t.Errorf("got %v, want an unrecognised client", err)
	}
}

func TestVerifyConcurrently(t *testing.T) {
	v := newTestVerifier()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, region := range []arn.Region{"us-east-1", "cellar-1", "us-east-1"} {
				r := newRequest()
				Sign(r, testBody(), testKey(), region, "bedrock", signedAt())
				if got, err := v.Verify(r, testBody(), signedAt()); err != nil || got.Region != region {
					t.Errorf("got %+v, %v; want region %s", got, err, region)
				}
			}
		})
	}
	wg.Wait()
}

func TestHMACEqualsTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "key")
		message := rapid.SliceOfN(rapid.Byte(), 0, 1200).Draw(t, "message")
		mac := hmac.New(sha256.New, key)
		mac.Write(message)
		if got := hmacSHA256(key, message); !bytes.Equal(got[:], mac.Sum(nil)) {
			t.Fatalf("got %x, want %x", got, mac.Sum(nil))
		}
	})
}

func TestTheCacheForgetsRatherThanGrows(t *testing.T) {
	var c keyCache
	secret := identity.NewSecret(testSecret)
	first := scope{testID, "20261122", "region-0", "bedrock", terminator}
	want := c.get(secret, first)
	for i := range maxDerived + 10 {
		c.get(secret, scope{testID, "20261122", fmt.Sprint("region-", i), "bedrock", terminator})
	}
	if n := len(c.keys); n > maxDerived {
		t.Errorf("%d keys are remembered, want at most %d", n, maxDerived)
	}
	if c.get(secret, first) != want {
		t.Error("a forgotten key was derived differently")
	}
}
