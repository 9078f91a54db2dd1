package lastuse

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
	"github.com/outcrop/outcrop/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 20, 12, 0, 0, 999, time.UTC)

func openStore(t testing.TB) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), t.TempDir())
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

func open(t testing.TB, s store.Documents) *Log {
	t.Helper()
	l, err := Open(context.Background(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closeLog(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// call lets somebody call.
func call(l *Log, who identity.Principal, at time.Time, region arn.Region, service string) {
	l.Begin(httptest.NewRecorder(), &awswire.Call{Principal: who, Region: region, Service: service, Arrived: at}, "Converse")
}

func key(id string) identity.Principal { return identity.Principal{AccessKeyID: id} }

func wantUse(t *testing.T, l *Log, id string, want Use) {
	t.Helper()
	got, ok := l.LastUse(id)
	if diff := cmp.Diff(want, got); diff != "" || ok == want.At.IsZero() {
		t.Errorf("%s, %t (-want +got):\n%s", id, ok, diff)
	}
}

func TestUsesAreRemembered(t *testing.T) {
	db := openStore(t)
	l := open(t, db)
	sec := noon.Truncate(time.Second)
	call(l, key("AKIAone"), noon, "us-east-1", "bedrock")
	wantUse(t, l, "AKIAone", Use{sec, "us-east-1", "bedrock"})
	call(l, key("AKIAone"), noon.Add(59*time.Second), "us-east-1", "bedrock")
	wantUse(t, l, "AKIAone", Use{sec, "us-east-1", "bedrock"}) // too soon to be worth it
	call(l, key("AKIAone"), noon.Add(59*time.Second), "eu-west-1", "bedrock")
	wantUse(t, l, "AKIAone", Use{sec.Add(59 * time.Second), "eu-west-1", "bedrock"}) // another region is
	call(l, key("AKIAone"), noon, "us-east-1", "iam")
	wantUse(t, l, "AKIAone", Use{sec.Add(59 * time.Second), "eu-west-1", "bedrock"}) // an earlier one came late
	wantUse(t, l, "AKIAtwo", Use{})
	closeLog(t, l)

	l = open(t, db)
	defer closeLog(t, l)
	wantUse(t, l, "AKIAone", Use{sec.Add(59 * time.Second), "eu-west-1", "bedrock"})
	call(l, key("AKIAone"), noon.Add(time.Hour), "us-east-1", "iam")
	wantUse(t, l, "AKIAone", Use{sec.Add(time.Hour), "us-east-1", "iam"})
}

func TestWhatIsRemembered(t *testing.T) {
	session := &identity.Session{}
	for name, tt := range map[string]struct {
		who  identity.Principal
		want string
	}{
		"a key":                 {key("AKIAone"), "AKIAone"},
		"a role":                {identity.Principal{Kind: identity.AssumedRole, UserID: "AROAone:build", AccessKeyID: "ASIAone", Session: session}, "AROAone"},
		"a session of a user":   {identity.Principal{AccessKeyID: "ASIAone", Session: session}, ""},
		"a federated user":      {identity.Principal{Kind: identity.FederatedUser, AccessKeyID: "ASIAone", Session: session}, ""},
		"somebody without keys": {identity.Principal{Kind: identity.Root}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := credential(&tt.who); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestItIsWrittenNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &memory{}
		l := open(t, s)
		call(l, key("AKIAone"), noon, "us-east-1", "bedrock")
		time.Sleep(flushEvery - time.Second)
		synctest.Wait()
		if s.writes.Load() != 0 {
			t.Error("written at once")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := s.writes.Load(); n != 1 {
			t.Errorf("written %d times", n)
		}
		time.Sleep(3 * flushEvery)
		closeLog(t, l)
		if n := s.writes.Load(); n != 1 {
			t.Errorf("written %d times, and there was one use", n)
		}
	})
}

// memory is a store that counts.
type memory struct{ writes atomic.Int64 }

func (*memory) Documents(context.Context, string) ([]store.Document, store.Revision, error) {
	return nil, 0, nil
}

func (m *memory) ChangeDocuments(context.Context, string, store.Revision, []store.DocumentChange) (store.Revision, error) {
	return store.Revision(m.writes.Add(1)), nil
}

// Two nodes write to one store: each takes over what the other wrote, and nothing is lost.
func TestTwoNodes(t *testing.T) {
	db := openStore(t)
	one, two := open(t, db), open(t, db)
	call(one, key("AKIAone"), noon, "us-east-1", "bedrock")
	call(one, key("AKIAboth"), noon.Add(time.Hour), "us-east-1", "bedrock")
	call(two, key("AKIAtwo"), noon, "eu-west-1", "bedrock")
	call(two, key("AKIAboth"), noon, "eu-west-1", "bedrock")
	for range 2 { // the second to write first learns, then writes
		for _, l := range []*Log{one, two} {
			if err := l.flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	closeLog(t, one)
	closeLog(t, two)
	l := open(t, db)
	defer closeLog(t, l)
	sec := noon.Truncate(time.Second)
	wantUse(t, l, "AKIAone", Use{sec, "us-east-1", "bedrock"})
	wantUse(t, l, "AKIAtwo", Use{sec, "eu-west-1", "bedrock"})
	wantUse(t, l, "AKIAboth", Use{sec.Add(time.Hour), "us-east-1", "bedrock"})
}

func TestAStoreThatFails(t *testing.T) {
	db := openStore(t)
	if _, err := Open(t.Context(), storetest.FailNth(db, 1, storetest.Before), slog.New(slog.DiscardHandler)); !errors.Is(err, storetest.ErrInjected) {
		t.Errorf("open: %v", err)
	}
	l := open(t, storetest.FailNth(db, 2, storetest.Before))
	call(l, key("AKIAone"), noon, "us-east-1", "bedrock")
	if err := l.flush(); !errors.Is(err, storetest.ErrInjected) {
		t.Errorf("flush: %v", err)
	}
	closeLog(t, l) // the store is well again
	l = open(t, db)
	defer closeLog(t, l)
	wantUse(t, l, "AKIAone", Use{noon.Truncate(time.Second), "us-east-1", "bedrock"})
}

func TestWhatIsGoneIsForgotten(t *testing.T) {
	db := openStore(t)
	l := open(t, db)
	call(l, key("AKIAone"), noon, "us-east-1", "bedrock")
	call(l, key("AKIAtwo"), noon, "us-east-1", "bedrock")
	closeLog(t, l)
	l = open(t, storetest.FailNth(db, 2, storetest.Before))
	l.Forget(map[string]bool{"AKIAtwo": true})
	wantUse(t, l, "AKIAone", Use{})
	if err := l.flush(); !errors.Is(err, storetest.ErrInjected) {
		t.Errorf("flush: %v", err)
	}
	wantUse(t, l, "AKIAone", Use{})
	closeLog(t, l)
	l = open(t, db)
	defer closeLog(t, l)
	wantUse(t, l, "AKIAone", Use{})
	wantUse(t, l, "AKIAtwo", Use{noon.Truncate(time.Second), "us-east-1", "bedrock"})
}

func BenchmarkBegin(b *testing.B) {
	l := open(b, openStore(b))
	defer closeLog(b, l)
	w, c := httptest.NewRecorder(), &awswire.Call{Principal: key("AKIAone"), Region: "us-east-1", Service: "bedrock", Arrived: noon}
	b.ReportAllocs()
	for b.Loop() {
		l.Begin(w, c, "Converse")
	}
}
