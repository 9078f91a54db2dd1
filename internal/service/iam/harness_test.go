package iam_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/service/iam"
	"github.com/outcrop/outcrop/internal/service/lastuse"
	"github.com/outcrop/outcrop/internal/service/registrar"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	management = arn.Account("111122223333")
	member     = arn.Account("444455556666")
)

var born = time.Date(2026, 11, 20, 10, 0, 0, 123, time.UTC)

// node is a server over a store of its own, with two accounts. Every call comes a second after the one before it.
type node struct {
	t      testing.TB
	db     *sqlite.DB
	ring   *seal.Ring
	people *registrar.Registrar
	api    *awswire.Service
	used   uses
	now    time.Time
}

// uses are uses of credentials that a test makes up.
type uses map[string]lastuse.Use

func (u uses) LastUse(id string) (lastuse.Use, bool) {
	use, ok := u[id]
	return use, ok
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
	n := &node{t: t, now: born, db: db, ring: ring, used: uses{}}
	n.restart()
	err = n.people.Change(t.Context(), func(*directory.Snapshot) ([]directory.Change, error) {
		changes, err := directory.Found("o-abcdefghij", "r-abcd", &directory.Member{ID: management, Name: "main", Created: born}, born)
		other := &directory.Member{ID: member, Name: "other", Parent: "r-abcd", Status: directory.Active, Created: born}
		return append(changes, directory.Put(other)), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// restart forgets everything but the store.
func (n *node) restart() {
	n.t.Helper()
	people, err := registrar.Open(n.t.Context(), n.db, n.ring)
	if err != nil {
		n.t.Fatal(err)
	}
	n.people, n.api = people, api.NewService(iam.New(people, n.used))
}

// root is who may do everything in an account.
func root(account arn.Account) identity.Principal {
	return identity.Principal{Account: account, ARN: "arn:aws:iam::" + string(account) + ":root", UserID: string(account), Kind: identity.Root}
}

// post sends one request of a caller, and returns the status and the body of the answer.
func (n *node) post(who identity.Principal, operation string, form url.Values) (int, string) {
	n.t.Helper()
	n.now = n.now.Add(time.Second)
	form.Set("Action", operation)
	form.Set("Version", "2010-05-08")
	body := form.Encode()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	c := &awswire.Call{
		RequestID: "request", Service: "iam", Region: "us-east-1", Principal: who, Request: r, Body: []byte(body),
		Header: http.Header{}, Arrived: n.now,
	}
	c.Match, _ = n.api.Find(r, c.Body)
	n.api.Serve(w, c)
	return w.Code, w.Body.String()
}

// must sends a request that is answered without an error, and returns the answer flattened.
func (n *node) must(who identity.Principal, operation string, form url.Values) map[string]string {
	n.t.Helper()
	status, body := n.post(who, operation, form)
	if status != http.StatusOK {
		n.t.Fatalf("%s: %d %s", operation, status, body)
	}
	answer := map[string]string{}
	for _, leaf := range flatten(n.t, body) {
		answer[leaf.path] = leaf.text
	}
	return answer
}

// leaf is one text of an XML document, and the names on the way to it.
type leaf struct{ path, text string }

// flatten lists the texts of an answer. Members of lists are numbered; the wrapper and what is in every answer are left
// out.
func flatten(t testing.TB, body string) []leaf {
	t.Helper()
	type level struct {
		name  string
		count int // members so far
		text  string
		leaf  bool
	}
	var (
		leaves []leaf
		stack  []level
	)
	path := func() string {
		names := make([]string, 0, len(stack))
		for _, l := range stack {
			names = append(names, l.name)
		}
		return strings.Join(names[min(2, len(names)):], ".")
	}
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return leaves
		}
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			if len(stack) > 0 {
				up := &stack[len(stack)-1]
				up.leaf = false
				if name == "member" || name == "entry" {
					up.count++
					name = fmt.Sprint(up.count)
				}
			}
			stack = append(stack, level{name: name, leaf: true})
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].text += string(token)
			}
		case xml.EndElement:
			top := stack[len(stack)-1]
			if top.leaf && len(stack) > 2 && stack[1].name != "ResponseMetadata" {
				leaves = append(leaves, leaf{path(), top.text})
			}
			stack = stack[:len(stack)-1]
		}
	}
}
