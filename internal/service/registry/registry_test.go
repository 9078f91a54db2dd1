package registry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/registry"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
	"github.com/outcrop/outcrop/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account = arn.Account("111122223333")
	region  = arn.Region("us-east-1")
	sonnet  = "us.anthropic.claude-3-5-sonnet-20241022-v2:0"
)

var facts = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load(catalog.Overlay{}) })

func request(name string) registry.Request {
	return registry.Request{
		Account: account, Region: region, Name: name,
		CopyFrom: "arn:aws:bedrock:us-east-1:111122223333:inference-profile/" + sonnet,
	}
}

func openStore(t *testing.T) *sqlite.DB {
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
	return db
}

func openOver(t *testing.T, s store.Profiles, o registry.Options) *registry.Registry {
	t.Helper()
	c, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	r, err := registry.Open(t.Context(), s, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func create(t *testing.T, r *registry.Registry, q registry.Request) *profile.Application {
	t.Helper()
	app, err := r.Create(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func TestIDs(t *testing.T) {
	// 252 bytes are worth a letter each; what lies above would favour the first letters and is drawn again.
	random := io.MultiReader(
		bytes.NewReader([]byte{0, 35, 36, 251, 252, 253, 254, 255, 10, 45, 46, 71}),
		bytes.NewReader(bytes.Repeat([]byte{255}, 12)),
		bytes.NewReader(bytes.Repeat([]byte{1}, 12)),
	)
	r := openOver(t, openStore(t), registry.Options{Random: random})
	if app := create(t, r, request("a")); app.ID != "0z0za9az1111" {
		t.Errorf("id %s", app.ID)
	}
}

func TestATakenIDIsDrawnAgain(t *testing.T) {
	aaaa, bbbb := bytes.Repeat([]byte{10}, 12), bytes.Repeat([]byte{11}, 12)
	r := openOver(t, openStore(t), registry.Options{Random: bytes.NewReader(bytes.Join([][]byte{aaaa, aaaa, aaaa, bbbb}, nil))})
	first, second := create(t, r, request("a")), create(t, r, request("b"))
	if first.ID != "aaaaaaaaaaaa" || second.ID != "bbbbbbbbbbbb" {
		t.Errorf("ids %s and %s", first.ID, second.ID)
	}
}

func TestBrokenRandomnessIsAnError(t *testing.T) {
	aaaa := bytes.Repeat([]byte{10}, 12)
	for name, random := range map[string]io.Reader{
		"it ends":          bytes.NewReader(aaaa[:5]),
		"it repeats":       bytes.NewReader(bytes.Repeat(aaaa, 10)),
		"it ends too soon": bytes.NewReader(append(bytes.Clone(aaaa), aaaa...)),
	} {
		t.Run(name, func(t *testing.T) {
			r := openOver(t, openStore(t), registry.Options{Random: random})
			var err error
			for i := 0; i < 2 && err == nil; i++ {
				_, err = r.Create(t.Context(), request(fmt.Sprint("p", i)))
			}
			var public *fault.Error
			if err == nil || errors.As(err, &public) {
				t.Errorf("%v: nothing a caller could mend", err)
			}
		})
	}
}

func TestAnswerOfTheSourceCarriesTheProfile(t *testing.T) {
	r := openOver(t, openStore(t), registry.Options{})
	app := create(t, r, request("a"))
	target, err := r.Snapshot().Resolve(account, region, app.ID)
	if err != nil || target.Application.Name != "a" || target.System.ID != sonnet || len(target.Destinations) != 3 {
		t.Errorf("%+v %v", target, err)
	}
}

func TestRebuildKeepsTheProfiles(t *testing.T) {
	r := openOver(t, openStore(t), registry.Options{})
	app := create(t, r, request("a"))
	today := profile.Options{Lifecycle: profile.Enforce, Today: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	if err := r.Rebuild(t.Context(), r.Snapshot().Catalog(), today); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Snapshot().Resolve(account, region, app.ID); !fault.Is(err, fault.ResourceNotFound) {
		t.Errorf("an ended model: %v", err)
	}
	if _, ok := r.Snapshot().Application(account, region, app.ID); !ok {
		t.Error("the profile is gone")
	}
}

func TestOpenErrors(t *testing.T) {
	c, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the store fails", func(t *testing.T) {
		_, err := registry.Open(t.Context(), storetest.FailNth(openStore(t), 1, storetest.Before), c, registry.Options{})
		if !errors.Is(err, storetest.ErrInjected) {
			t.Error(err)
		}
	})
	t.Run("a row makes no sense", func(t *testing.T) {
		db := openStore(t)
		_, err := db.CreateProfile(t.Context(), store.Creation{Profile: store.Profile{
			ProfileKey: store.ProfileKey{Account: account, Region: region, ID: "aaaaaaaaaaaa"}, Source: "nova",
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := registry.Open(t.Context(), db, c, registry.Options{}); err == nil || !strings.Contains(err.Error(), `"nova"`) {
			t.Error(err)
		}
	})
}

func TestMoreProfilesThanAPage(t *testing.T) {
	const many = 1203
	db := &rows{n: many}
	r := openOver(t, db, registry.Options{})
	if got := len(r.Snapshot().Applications(account, region)); got != many {
		t.Errorf("%d profiles, want %d", got, many)
	}
	if db.asked != 3 {
		t.Errorf("read in %d pages", db.asked)
	}
}

// rows is a store of n profiles that can only be listed.
type rows struct {
	store.Profiles
	n, asked int
}

func (s *rows) ListProfiles(_ context.Context, after store.ProfileKey, limit int) (page []store.Profile, _ error) {
	s.asked++
	for i := range s.n {
		key := store.ProfileKey{Account: account, Region: region, ID: fmt.Sprintf("%012d", i)}
		if key.Compare(after) > 0 && len(page) < limit {
			page = append(page, store.Profile{ProfileKey: key, Source: request("").CopyFrom})
		}
	}
	return page, nil
}

// A store that hangs holds up changes for as long as their callers wait, and calls not at all.
func TestAHangingStoreHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &hanging{entered: make(chan struct{}), release: make(chan struct{})}
		r := openOver(t, s, registry.Options{})
		leave, gone := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			done <- r.Delete(leave, store.ProfileKey{Account: account, Region: region, ID: "aaaaaaaaaaaa"})
		}()
		<-s.entered
		gone() // whoever asked for the delete leaves; it goes on

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Delete(ctx, store.ProfileKey{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second change: %v", err)
		}
		if _, err := r.Current(t.Context()); err != nil {
			t.Errorf("a read: %v", err)
		}
		if _, err := r.Snapshot().Resolve(account, region, sonnet); err != nil {
			t.Errorf("a call: %v", err)
		}
		close(s.release)
		if err := <-done; err != nil {
			t.Errorf("the first change: %v", err)
		}
	})
}

// hanging is an empty store that deletes when it is told to, unless its context ends first.
type hanging struct {
	store.Profiles
	entered, release chan struct{}
}

func (*hanging) ListProfiles(context.Context, store.ProfileKey, int) ([]store.Profile, error) {
	return nil, nil
}

func (s *hanging) DeleteProfile(ctx context.Context, _ store.ProfileKey) error {
	close(s.entered)
	select {
	case <-s.release:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// After a write whose outcome was lost, who must see the truth gets it or an error, never a guess.
func TestCurrentNeverGuesses(t *testing.T) {
	db := openStore(t)
	// Call 1 is the list of Open; call 2 the create, done but not answered; call 3 the list that would tell.
	faulty := storetest.FailNth(storetest.FailNth(storetest.FailNth(db, 2, storetest.After), 3, storetest.Before), 4, storetest.Before)
	r := openOver(t, faulty, registry.Options{})
	if _, err := r.Create(t.Context(), request("a")); !errors.Is(err, storetest.ErrInjected) {
		t.Fatalf("create: %v", err)
	}
	if _, err := r.Current(t.Context()); !errors.Is(err, storetest.ErrInjected) {
		t.Errorf("the store fails still: %v", err)
	}
	now, err := r.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if apps := now.Applications(account, region); len(apps) != 1 || apps[0].Name != "a" {
		t.Errorf("the store is well again, and shown are %v", apps)
	}
}
