package registrar_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/service/registrar"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
	"github.com/outcrop/outcrop/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const account = arn.Account("111122223333")

var born = time.Date(2026, 11, 20, 10, 0, 0, 123, time.UTC)

func openStore(t testing.TB, dir string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func newRing(t testing.TB, keys ...seal.Key) *seal.Ring {
	t.Helper()
	ring, err := seal.NewRing(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func open(t testing.TB, s store.Documents, ring *seal.Ring) *registrar.Registrar {
	t.Helper()
	r, err := registrar.Open(t.Context(), s, ring)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// found makes an organisation with one account.
func found(t testing.TB, r *registrar.Registrar) {
	t.Helper()
	err := r.Change(t.Context(), func(*directory.Snapshot) ([]directory.Change, error) {
		return directory.Found("o-abcdefghij", "r-abcd", &directory.Member{ID: account, Name: "main", Created: born}, born)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func newUser(name string) *directory.User {
	return &directory.User{
		Account: account, Name: name, Path: "/", ID: registrar.NewID(registrar.UserID), Created: born,
		AccessKeys: []directory.AccessKey{registrar.NewAccessKey(born)},
	}
}

func put(r *registrar.Registrar, ctx context.Context, e directory.Entity) error {
	return r.Change(ctx, func(*directory.Snapshot) ([]directory.Change, error) {
		return []directory.Change{directory.Put(e)}, nil
	})
}

func mustPut(t testing.TB, r *registrar.Registrar, e directory.Entity) {
	t.Helper()
	if err := put(r, t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func knows(r *registrar.Registrar, u *directory.User) bool {
	key, ok := r.Snapshot().AccessKey(u.AccessKeys[0].ID)
	return ok && key.Secret == u.AccessKeys[0].Secret && key.Principal.UserID == u.ID
}

func TestWritesAreReadAndSurvive(t *testing.T) {
	dir, ring := t.TempDir(), newRing(t, seal.NewKey())
	db := openStore(t, dir)
	r := open(t, db, ring)
	if r.Snapshot().Organization() != nil {
		t.Error("a new store has an organisation")
	}
	found(t, r)
	kim, lee := newUser("kim"), newUser("lee")
	mustPut(t, r, kim)
	mustPut(t, r, lee)
	if !knows(r, kim) || !knows(r, lee) {
		t.Error("a write is not read")
	}
	err := r.Change(t.Context(), func(*directory.Snapshot) ([]directory.Change, error) {
		return []directory.Change{directory.Delete(kim)}, nil
	})
	if err != nil || knows(r, kim) {
		t.Errorf("deleted, and there: %v", err)
	}
	again := open(t, db, ring)
	if knows(again, kim) || !knows(again, lee) || again.Snapshot().Management() != account {
		t.Error("another open reads something else")
	}
}

func TestARefusalChangesNothing(t *testing.T) {
	r := open(t, openStore(t, t.TempDir()), newRing(t, seal.NewKey()))
	found(t, r)
	before, no := r.Snapshot(), errors.New("no")
	err := r.Change(t.Context(), func(*directory.Snapshot) ([]directory.Change, error) {
		return []directory.Change{directory.Put(newUser("kim"))}, no
	})
	if !errors.Is(err, no) || r.Snapshot() != before {
		t.Errorf("%v", err)
	}
}

// No secret may stand in a file of the store.
func TestSecretsAreSealed(t *testing.T) {
	dir := t.TempDir()
	db := openStore(t, dir)
	r := open(t, db, newRing(t, seal.NewKey()))
	found(t, r)
	kim := newUser("kim")
	mustPut(t, r, kim)
	if !inFiles(t, dir, kim.ID) {
		t.Error("the store's files do not even hold the user's id: this test looks in the wrong place")
	}
	if inFiles(t, dir, kim.AccessKeys[0].Secret.Reveal()) {
		t.Error("a secret is in a file")
	}
	if _, err := registrar.Open(t.Context(), db, newRing(t, seal.NewKey())); err == nil {
		t.Error("opened with another key")
	}
}

// inFiles looks for a text in all files of a directory.
func inFiles(t *testing.T, dir, text string) bool {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}

// A sealed secret opens for its own key only, so that whoever can write to the store cannot give a key another's secret.
func TestSecretsAreBound(t *testing.T) {
	db, ring := openStore(t, t.TempDir()), newRing(t, seal.NewKey())
	r := open(t, db, ring)
	found(t, r)
	kim, lee := newUser("kim"), newUser("lee")
	mustPut(t, r, kim)
	mustPut(t, r, lee)
	documents, revision, err := db.Documents(t.Context(), "directory")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range documents {
		if d.Key == string(account)+"/kim" {
			d.Body = bytes.Replace(d.Body, []byte(`"ID":"`+kim.AccessKeys[0].ID), []byte(`"ID":"`+lee.AccessKeys[0].ID), 1)
			d.Body = bytes.Replace(d.Body, []byte(kim.AccessKeys[0].ID), []byte(lee.AccessKeys[0].ID), 1)
			if _, err := db.ChangeDocuments(t.Context(), "directory", revision, []store.DocumentChange{{Document: d}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := registrar.Open(t.Context(), db, ring); err == nil {
		t.Error("a secret opened for another key")
	}
}

func TestOldSealsAreMadeAnew(t *testing.T) {
	db, first, second := openStore(t, t.TempDir()), seal.NewKey(), seal.NewKey()
	r := open(t, db, newRing(t, first))
	found(t, r)
	kim := newUser("kim")
	mustPut(t, r, kim)
	if !knows(open(t, db, newRing(t, second, first)), kim) {
		t.Error("the secret is lost with both keys there")
	}
	if !knows(open(t, db, newRing(t, second)), kim) {
		t.Error("the secret is lost with the first key gone")
	}
}

// Two registrars on one store are two nodes: each decides on what the other wrote.
func TestAnotherNodesWritesAreSeenByChanges(t *testing.T) {
	db, ring := openStore(t, t.TempDir()), newRing(t, seal.NewKey())
	one := open(t, db, ring)
	found(t, one)
	two := open(t, db, ring)
	kim, lee := newUser("kim"), newUser("lee")
	mustPut(t, one, kim)
	mustPut(t, two, lee)
	if !knows(two, kim) || !knows(two, lee) {
		t.Error("the second node does not know what the first wrote")
	}
	decided := 0
	err := one.Change(t.Context(), func(now *directory.Snapshot) ([]directory.Change, error) {
		decided++
		a, _ := now.Account(account)
		if _, ok := a.User("lee"); ok {
			return nil, nil
		}
		return []directory.Change{directory.Put(newUser("lee"))}, nil
	})
	if err != nil || decided != 2 || !knows(one, lee) {
		t.Errorf("decided %d times (%v)", decided, err)
	}
}

func TestManyWritersLoseNothing(t *testing.T) {
	r := open(t, openStore(t, t.TempDir()), newRing(t, seal.NewKey()))
	found(t, r)
	const writers, each = 8, 5
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				u := newUser(fmt.Sprint("user-", w, "-", i))
				if err := put(r, t.Context(), u); err != nil || !knows(r, u) {
					t.Errorf("%s: %v", u.Name, err)
				}
			}
		})
	}
	group.Wait()
	a, _ := r.Snapshot().Account(account)
	if n := len(a.Users()); n != writers*each {
		t.Errorf("%d users", n)
	}
}

// Whatever call of the store fails, before or after it did what it was asked, the registrar ends in step with it.
func TestFaultsOfTheStore(t *testing.T) {
	for _, when := range []storetest.When{storetest.Before, storetest.After} {
		for n := 1; ; n++ {
			db, ring := openStore(t, t.TempDir()), newRing(t, seal.NewKey())
			found(t, open(t, db, ring))
			faulty := storetest.FailNth(db, n, when)
			r, err := registrar.Open(t.Context(), faulty, ring)
			if err != nil {
				continue // the first read failed
			}
			kim := newUser("kim")
			err = put(r, t.Context(), kim)
			if faulty.Struck() && !errors.Is(err, storetest.ErrInjected) {
				t.Errorf("call %d failed and the change said %v", n, err)
			}
			if knows(r, kim) != knows(open(t, db, ring), kim) {
				t.Errorf("call %d, when %d: the registrar and the store disagree", n, when)
			}
			if !faulty.Struck() {
				break
			}
		}
	}
}

// After a write whose outcome was lost, who must see the truth gets it or an error, never a guess.
func TestCurrentNeverGuesses(t *testing.T) {
	db, ring := openStore(t, t.TempDir()), newRing(t, seal.NewKey())
	found(t, open(t, db, ring))
	// Call 1 is the read of Open; call 2 the write, done but not answered; calls 3 and 4 the reads that would tell.
	faulty := storetest.FailNth(storetest.FailNth(storetest.FailNth(db, 2, storetest.After), 3, storetest.Before), 4, storetest.Before)
	r := open(t, faulty, ring)
	kim := newUser("kim")
	if err := put(r, t.Context(), kim); !errors.Is(err, storetest.ErrInjected) {
		t.Fatalf("put: %v", err)
	}
	if _, err := r.Current(t.Context()); !errors.Is(err, storetest.ErrInjected) {
		t.Errorf("the store fails still: %v", err)
	}
	if _, err := r.Current(t.Context()); err != nil || !knows(r, kim) {
		t.Errorf("the store is well again: %v", err)
	}
}

// A store that hangs holds up changes for as long as their callers wait, and calls not at all.
func TestAHangingStoreHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &hanging{entered: make(chan struct{}), release: make(chan struct{})}
		r := open(t, s, newRing(t, seal.NewKey()))
		leave, gone := context.WithCancel(t.Context())
		done := make(chan error)
		decide := func(*directory.Snapshot) ([]directory.Change, error) {
			return directory.Found("o-abcdefghij", "r-abcd", &directory.Member{ID: account}, born)
		}
		go func() { done <- r.Change(leave, decide) }()
		<-s.entered
		gone() // whoever asked for the change leaves; it goes on

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Change(ctx, decide); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second change: %v", err)
		}
		if s, err := r.Current(t.Context()); err != nil || s.Organization() != nil {
			t.Errorf("a read: %v", err)
		}
		close(s.release)
		if err := <-done; err != nil {
			t.Errorf("the first change: %v", err)
		}
	})
}

// hanging is an empty store that changes when it is told to, unless its context ends first.
type hanging struct{ entered, release chan struct{} }

func (*hanging) Documents(context.Context, string) ([]store.Document, store.Revision, error) {
	return nil, 0, nil
}

func (s *hanging) ChangeDocuments(ctx context.Context, _ string, base store.Revision, _ []store.DocumentChange) (store.Revision, error) {
	close(s.entered)
	select {
	case <-s.release:
		return base + 1, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}
