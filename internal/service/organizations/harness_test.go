package organizations_test

import (
	"context"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/organizations"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/service/organizations"
	"github.com/outcrop/outcrop/internal/service/registrar"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

const (
	management = arn.Account("111122223333")
	rootID     = "r-abcd"
	orgID      = "o-abcdefghij"
)

var born = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// node is a server over a store of its own. Every call comes a second after the one before it.
type node struct {
	t      testing.TB
	people *registrar.Registrar
	api    *awswire.Service
	now    time.Time
	db     *sqlite.DB
	ring   *seal.Ring
}

func newNode(t testing.TB) *node {
	t.Helper()
	ring, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	n := &node{t: t, now: born, db: db, ring: ring}
	n.restart()
	main := &directory.Member{ID: management, Name: "main", Email: "main@example.com", Created: born, Joined: born}
	err = n.people.Change(t.Context(), func(*directory.Snapshot) ([]directory.Change, error) {
		return directory.Found(orgID, rootID, main, born)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// restart forgets everything but the store.
func (n *node) restart() {
	n.t.Helper()
	var err error
	if n.people, err = registrar.Open(n.t.Context(), n.db, n.ring); err != nil {
		n.t.Fatal(err)
	}
	n.api = api.NewService(organizations.New(n.people))
}

// ok is what the management account is answered, which must be no error. It finds the first match of a pattern in it.
func (n *node) ok(operation, body, find string) string {
	n.t.Helper()
	status, answer := n.call(management, operation, body)
	if status != 200 {
		n.t.Fatalf("%s %s: HTTP %d %s", operation, body, status, answer)
	}
	return regexp.MustCompile(find).FindString(answer)
}

// call is what an account is answered.
func (n *node) call(account arn.Account, operation, body string) (int, string) {
	n.now = n.now.Add(time.Second)
	return n.callAt(account, operation, body, n.now)
}

func (n *node) callAt(account arn.Account, operation, body string, now time.Time) (int, string) {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("X-Amz-Target", "AWSOrganizationsV20161128."+operation)
	rec := httptest.NewRecorder()
	out := n.api.Serve(rec, &awswire.Call{
		Request: r, Body: []byte(body), Arrived: now, Principal: identity.Principal{Account: account, Kind: identity.Root},
	})
	if out.Status >= 500 {
		n.t.Errorf("%s %s: %v", operation, body, out.Err)
	}
	return rec.Code, rec.Body.String()
}
