package seal

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outcrop/outcrop/internal/identity"
)

func newTestRing(t testing.TB, keys ...Key) *Ring {
	t.Helper()
	r, err := NewRing(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatIsSealedOpensForItsPurposeAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring, err := NewRing(NewKey())
		if err != nil {
			t.Fatal(err)
		}
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		purpose := rapid.String().Draw(t, "purpose")
		other := rapid.String().Filter(func(s string) bool { return s != purpose }).Draw(t, "other")
		sealed := ring.Seal(purpose, text)
		if len(sealed) != len(text)+Overhead {
			t.Errorf("sealed %d bytes into %d, want %d more", len(text), len(sealed), Overhead)
		}
		got, err := ring.Open(purpose, sealed)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("opened %x, %v; want %x", got, err, text)
		}
		if _, err := ring.Open(other, sealed); err == nil {
			t.Errorf("a text sealed for %q opened for %q", purpose, other)
		}
	})
}

func TestChangedTextsDoNotOpen(t *testing.T) {
	ring := newTestRing(t, NewKey())
	sealed := ring.Seal("p", []byte("secret"))
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, err := ring.Open("p", changed); err == nil {
				t.Errorf("opened with bit %d of byte %d turned", bit, i)
			}
		}
		if _, err := ring.Open("p", sealed[:i]); err == nil {
			t.Errorf("opened when cut to %d bytes", i)
		}
	}
	if _, err := ring.Open("p", append(bytes.Clone(sealed), 0)); err == nil {
		t.Error("opened with a byte too many")
	}
}

func TestEqualTextsSealDifferently(t *testing.T) {
	ring := newTestRing(t, NewKey())
	if a, b := ring.Seal("p", []byte("x")), ring.Seal("p", []byte("x")); bytes.Equal(a, b) {
		t.Error("two seals of one text are equal: the nonce repeats")
	}
}

func TestRotation(t *testing.T) {
	old, fresh := NewKey(), NewKey()
	ring := newTestRing(t, old)
	before := ring.Seal("p", []byte("kept"))
	if err := ring.Replace(fresh, old); err != nil {
		t.Fatal(err)
	}
	after := ring.Seal("p", []byte("new"))
	if got, err := ring.Open("p", before); err != nil || string(got) != "kept" {
		t.Errorf("after rotation: opened %q, %v", got, err)
	}
	if ring.Current(before) || !ring.Current(after) {
		t.Errorf("Current: %t for the old seal, %t for the new one", ring.Current(before), ring.Current(after))
	}
	if err := ring.Replace(fresh); err != nil {
		t.Fatal(err)
	}
	_, err := ring.Open("p", before)
	if err == nil || !strings.Contains(err.Error(), old.ID()) {
		t.Errorf("without the old key: %v; want an error that names it", err)
	}
	if err := ring.Replace(); err == nil {
		t.Error("a ring without keys was accepted")
	}
	if got, err := ring.Open("p", after); err != nil || string(got) != "new" {
		t.Errorf("after a refused replacement: opened %q, %v", got, err)
	}
}

func TestParseKeys(t *testing.T) {
	const (
		plain = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
		hexed = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
		other = "__________________________________________8"
	)
	for _, test := range []struct {
		name, text string
		keys       int
		err        string
	}{
		{"one", plain, 1, ""},
		{"hexadecimal", hexed, 1, ""},
		{"base64 for URLs, unpadded", other, 1, ""},
		{"lines and comments", "# new\n" + other + "\n\n" + plain + " # of last year\n", 2, ""},
		{"commas", plain + ", " + other, 2, ""},
		{"nothing", "# only words\n", 0, "there is no sealing key: make one with outcrop seal new"},
		{"a password", "correct-horse!", 0, "sealing key 1: it is neither base64 nor hexadecimal; outcrop seal new makes one, or openssl rand -base64 32"},
		{"short", plain + "\nAAAA", 0, "sealing key 2: it has 3 bytes and must have 32; outcrop seal new makes one, or openssl rand -base64 32"},
		{"twice", plain + " " + hexed, 0, "sealing key 2 is the same as key 1: remove one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			keys, err := ParseKeys(identity.NewSecret(test.text))
			if len(keys) != test.keys {
				t.Errorf("got %d keys, want %d", len(keys), test.keys)
			}
			if got := errText(err); got != test.err {
				t.Errorf("got error  %q\nwant error %q", got, test.err)
			}
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestKeysReadBackWhatTheyWrite(t *testing.T) {
	key := NewKey()
	again, err := ParseKeys(key.Text())
	if err != nil || len(again) != 1 || again[0].ID() != key.ID() {
		t.Fatalf("got %d keys, %v", len(again), err)
	}
	sealed := newTestRing(t, key).Seal("p", []byte("x"))
	if _, err := newTestRing(t, again...).Open("p", sealed); err != nil {
		t.Error(err)
	}
}

// A sealed text must open for ever: this one was sealed by the first version.
func TestOldSealsOpen(t *testing.T) {
	keys, err := ParseKeys(identity.NewSecret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))
	if err != nil {
		t.Fatal(err)
	}
	if got := keys[0].ID(); got != oldKeyID {
		t.Errorf("the key's id is %s, was %s", got, oldKeyID)
	}
	got, err := newTestRing(t, keys...).Open("test/1", unhex(t, oldSeal))
	if err != nil || string(got) != "kept for ever" {
		t.Errorf("got %q, %v", got, err)
	}
}

func BenchmarkOpen(b *testing.B) {
	ring := newTestRing(b, NewKey())
	sealed := ring.Seal("session", make([]byte, 400))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Open("session", sealed); err != nil {
			b.Fatal(err)
		}
	}
}
