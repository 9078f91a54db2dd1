package main

import (
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

func TestAdministratorIsMadeOnce(t *testing.T) {
	db, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	// A first start that was cut short has made the account and no key.
	if err := db.CreateAccount(t.Context(), store.Account{ID: firstAccount, Name: "admin", Created: now}); err != nil {
		t.Fatal(err)
	}
	first, err := administrator(t.Context(), db, now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := administrator(t.Context(), db, now.Add(time.Hour))
	if err != nil || again.ID != first.ID || again.Secret != first.Secret {
		t.Errorf("got %+v and error %v, want the same key %+v", again, err, first)
	}
	if p := first.Principal; p.Account != firstAccount || p.ARN != adminARN || p.AccessKeyID != first.ID || len(p.UserID) != 21 {
		t.Errorf("got principal %+v", p)
	}
	ring, err := loadKeys(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := ring.AccessKey(first.ID); !ok || got.ID != first.ID || got.Secret != first.Secret {
		t.Errorf("the keyring has %+v, %v", got, ok)
	}
	if got, ok := ring.AccessKey("AKIAIOSFODNN7EXAMPLE"); ok {
		t.Errorf("the keyring has a key nobody made: %+v", got)
	}
}

func TestAccessKeysAreAPIKeysToo(t *testing.T) {
	admin, other := newKey(identity.Principal{ARN: "admin"}), newKey(identity.Principal{ARN: "other"})
	mute := identity.AccessKey{ID: "AKIAMUTE", Principal: identity.Principal{ARN: "mute"}}
	ring := keyring{admin.ID: admin, other.ID: other, mute.ID: mute}
	for token, want := range map[string]string{
		admin.Secret.Reveal():                  "admin",
		admin.ID + ":" + admin.Secret.Reveal(): "admin",
		other.Secret.Reveal():                  "other",
		admin.ID + ":" + other.Secret.Reveal(): "",
		":" + admin.Secret.Reveal():            "",
		admin.Secret.Reveal()[1:]:              "",
		admin.ID:                               "",
		admin.ID + ":":                         "",
		mute.ID + ":":                          "",
		"":                                     "",
	} {
		if who, ok := ring.APIKey(token); who.ARN != want || ok != (want != "") {
			t.Errorf("the token %q speaks for %q, want %q", token, who.ARN, want)
		}
	}
}

func TestKeysHaveTheFormOfAWS(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		k := newKey(identity.Principal{})
		if len(k.ID) != 20 || len(k.Secret.Reveal()) != 40 || seen[k.ID] || seen[k.Secret.Reveal()] {
			t.Fatalf("got id %q and a secret of %d characters", k.ID, len(k.Secret.Reveal()))
		}
		seen[k.ID], seen[k.Secret.Reveal()] = true, true
	}
}
