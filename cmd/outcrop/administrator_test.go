package main

import (
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/service/registrar"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

var someday = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func openPeople(t *testing.T) *registrar.Registrar {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	ring, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	people, err := registrar.Open(t.Context(), db, ring)
	if err != nil {
		t.Fatal(err)
	}
	return people
}

func mustAdministrator(t *testing.T, people *registrar.Registrar) identity.AccessKey {
	t.Helper()
	key, err := administrator(t.Context(), people, someday)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAdministratorIsMadeOnce(t *testing.T) {
	people := openPeople(t)
	first := mustAdministrator(t, people)
	if again := mustAdministrator(t, people); again.ID != first.ID || again.Secret != first.Secret {
		t.Errorf("got %+v, want the same key %+v", again, first)
	}
	p := first.Principal
	if p.Account != firstAccount || p.ARN != "arn:aws:iam::111122223333:user/admin" || p.AccessKeyID != first.ID || len(p.UserID) != 21 {
		t.Errorf("got principal %+v", p)
	}
	s := people.Snapshot()
	if d := s.Authorize(&p, &policy.Request{Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-east-1::foundation-model/x", Principal: &p}); !d.Allowed {
		t.Errorf("the administrator may not call: %+v", d)
	}
	if a, ok := s.Account(firstAccount); !ok || s.Management() != firstAccount || a.Parent != s.Organization().Root {
		t.Errorf("the account is %+v", a)
	}
}

// change makes the administrator another.
func change(t *testing.T, people *registrar.Registrar, edit func(*directory.User)) {
	t.Helper()
	err := people.Change(t.Context(), func(s *directory.Snapshot) ([]directory.Change, error) {
		a, _ := s.Account(firstAccount)
		u, _ := a.User(adminName)
		next := *u
		edit(&next)
		return []directory.Change{directory.Put(&next)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAdministratorComesBackWhenNobodyIsLeft(t *testing.T) {
	people := openPeople(t)
	first := mustAdministrator(t, people)
	change(t, people, func(u *directory.User) {
		u.AccessKeys = []directory.AccessKey{{ID: first.ID, Secret: first.Secret}} // inactive
		u.Attached = nil
	})
	if _, ok := people.Snapshot().AccessKey(first.ID); ok {
		t.Error("an inactive key works")
	}
	second := mustAdministrator(t, people)
	if second.ID == first.ID || second.Secret.IsZero() || second.Principal.UserID != first.Principal.UserID {
		t.Errorf("got %+v after %+v", second, first)
	}
	set := people.Snapshot().Set(&second.Principal)
	if len(set.Identity) != 1 || set.Identity[0].Name != adminPolicy {
		t.Errorf("rights: %+v", set.Identity)
	}
}

func TestAdministratorStaysAwayWhenAnotherRules(t *testing.T) {
	people := openPeople(t)
	mustAdministrator(t, people)
	err := people.Change(t.Context(), func(s *directory.Snapshot) ([]directory.Change, error) {
		a, _ := s.Account(firstAccount)
		u, _ := a.User(adminName)
		other := withKey(u, someday)
		other.Name, other.ID = "boss", registrar.NewID(registrar.UserID)
		return []directory.Change{directory.Delete(u), directory.Put(other)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if key := mustAdministrator(t, people); key.ID != "" {
		t.Errorf("the administrator has %+v", key)
	}
}

func TestKeysHaveTheFormOfAWS(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		k := registrar.NewAccessKey(someday)
		if len(k.ID) != 20 || len(k.Secret.Reveal()) != 40 || seen[k.ID] || seen[k.Secret.Reveal()] {
			t.Fatalf("got id %q and a secret of %d characters", k.ID, len(k.Secret.Reveal()))
		}
		seen[k.ID], seen[k.Secret.Reveal()] = true, true
	}
}
