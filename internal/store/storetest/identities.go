package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/store"
)

var identityTests = map[string]func(*testing.T, Open){
	"accounts and keys survive": identitiesSurvive,
	"taken ids are refused":     takenIdentities,
	"a key needs its account":   keyNeedsAccount,
	"a key can go":              keyGoes,
}

func accessKey(id string, owner arn.Account) store.AccessKey {
	return store.AccessKey{
		AccessKey: identity.AccessKey{
			ID:     id,
			Secret: identity.NewSecret("wJalrXUtnFEMI/K7MDENG+bPxRfiCY" + id),
			Principal: identity.Principal{
				Account: owner, ARN: "arn:aws:iam::" + string(owner) + ":user/admin", UserID: "AIDA" + id, AccessKeyID: id,
			},
		},
		Created: born.UTC(),
	}
}

func addIdentities(t *testing.T, s store.Store, accounts []store.Account, keys []store.AccessKey) {
	t.Helper()
	for _, a := range accounts {
		if err := s.CreateAccount(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range keys {
		if err := s.CreateAccessKey(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
}

// sameSecret compares what a Secret hides.
var sameSecret = cmp.Comparer(func(a, b identity.Secret) bool { return a.Reveal() == b.Reveal() })

func identitiesSurvive(t *testing.T, open Open) {
	accounts := []store.Account{{ID: "000000000002", Name: "second", Created: born.UTC()}, {ID: account, Created: born.UTC()}}
	keys := []store.AccessKey{accessKey("AKIA0", account), accessKey("AKIA1", "000000000002"), accessKey("AKIA2", account)}
	s := open(t)
	addIdentities(t, s, []store.Account{accounts[1], accounts[0]}, []store.AccessKey{keys[1], keys[2], keys[0]})
	closeStore(t, s)

	s = opened(t, open)
	gotAccounts, err := s.Accounts(t.Context())
	if diff := cmp.Diff(accounts, gotAccounts); err != nil || diff != "" {
		t.Errorf("accounts: %v (-want +got):\n%s", err, diff)
	}
	gotKeys, err := s.AccessKeys(t.Context())
	if diff := cmp.Diff(keys, gotKeys, sameSecret); err != nil || diff != "" {
		t.Errorf("keys: %v (-want +got):\n%s", err, diff)
	}
}

func takenIdentities(t *testing.T, open Open) {
	s := opened(t, open)
	a, k := store.Account{ID: account, Created: born}, accessKey("AKIA0", account)
	addIdentities(t, s, []store.Account{a}, []store.AccessKey{k})
	for what, err := range map[string]error{"account": s.CreateAccount(t.Context(), a), "key": s.CreateAccessKey(t.Context(), k)} {
		if !errors.Is(err, store.ErrExists) {
			t.Errorf("second %s: %v, want ErrExists", what, err)
		}
	}
}

func keyNeedsAccount(t *testing.T, open Open) {
	s := opened(t, open)
	if err := s.CreateAccessKey(t.Context(), accessKey("AKIA0", account)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
	if keys, err := s.AccessKeys(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("keys %v (%v), want none", keys, err)
	}
}

func keyGoes(t *testing.T, open Open) {
	s := opened(t, open)
	addIdentities(t, s, []store.Account{{ID: account, Created: born}}, []store.AccessKey{accessKey("AKIA0", account), accessKey("AKIA1", account)})
	if err := s.DeleteAccessKey(t.Context(), "AKIA0"); err != nil {
		t.Fatal(err)
	}
	keys, err := s.AccessKeys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].ID != "AKIA1" {
		t.Errorf("left: %v (%v)", keys, err)
	}
	if err := s.DeleteAccessKey(t.Context(), "AKIA0"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("second delete: %v, want ErrNotFound", err)
	}
}
