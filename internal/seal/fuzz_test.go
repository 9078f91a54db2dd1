package seal

import (
	"encoding/hex"
	"testing"

	"github.com/outcrop/outcrop/internal/identity"
)

const (
	oldKeyID = "dc0f7cd0651acb72"
	oldSeal  = "01dc0f7cd0651acb7215c8595d8c5253c365d4738b41056dd22264e3aa28564b9ef5917bab4f96bde7d35957035d4cab8e8b"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzOpen(f *testing.F) {
	ring := newTestRing(f, newKey(make([]byte, keySize)))
	f.Add([]byte(nil))
	f.Add([]byte{version})
	f.Add(make([]byte, Overhead))
	f.Add(ring.Seal("another purpose", []byte("x")))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if text, err := ring.Open("p", sealed); err == nil {
			t.Errorf("opened %x as %q, which nobody sealed", sealed, text)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	for _, text := range []string{"", "#", "a,b", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := ParseKeys(identity.NewSecret(text))
		if (err == nil) != (len(keys) > 0) {
			t.Errorf("%d keys and error %v", len(keys), err)
		}
	})
}
