package directory

import (
	"fmt"
	"testing"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// crowd is an account of many users in a few groups, each with a key and attached policies.
func crowd(tb testing.TB, users int) *Snapshot {
	s := founded(tb)
	changes := []Change{Put(managed(tb, "call", "Allow", "bedrock:InvokeModel*"))}
	for g := range 10 {
		changes = append(changes, Put(&Group{Account: member, Name: fmt.Sprint("g", g), Path: "/", Rights: allow(tb, "bedrock:List*")}))
	}
	for i := range users {
		u := userNamed(fmt.Sprint("user-", i), Rights{Attached: []string{readOnly, "arn:aws:iam::444455556666:policy/call"}}, fmt.Sprint("g", i%10))
		u.AccessKeys = []AccessKey{{ID: fmt.Sprintf("AKIA%016d", i), Secret: identity.NewSecret(fmt.Sprint("secret-", i)), Active: true}}
		changes = append(changes, Put(u))
	}
	return s.With(changes...)
}

func BenchmarkAccessKey(b *testing.B) {
	s := crowd(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.AccessKey("AKIA0000000000000500"); !ok {
			b.Fatal("no key")
		}
	}
}

func BenchmarkAuthorize(b *testing.B) {
	s := crowd(b, 1000)
	key, _ := s.AccessKey("AKIA0000000000000500")
	who := &key.Principal
	session := *who
	session.Session = &identity.Session{Limited: true, Policies: []string{rule(b, "x", "Allow", "bedrock:*").Document.Text()}}
	for name, who := range map[string]*identity.Principal{"user": who, "limited session": &session} {
		b.Run(name, func(b *testing.B) {
			q := &policy.Request{Action: "bedrock:InvokeModel", Resource: model, Principal: who}
			b.ReportAllocs()
			for b.Loop() {
				if d := s.Authorize(who, q); !d.Allowed {
					b.Fatal(d)
				}
			}
		})
	}
}

func BenchmarkWith(b *testing.B) {
	s := crowd(b, 1000)
	u, _ := s.accounts[member].User("user-500")
	next := *u
	next.Tags = identity.Tags{{Key: "a", Value: "b"}}
	withKey := next
	withKey.AccessKeys = append(withKey.AccessKeys[:1:1], AccessKey{ID: "AKIAnew", Secret: identity.NewSecret("new"), Active: true})
	for name, e := range map[string]Entity{
		"a user's tag": &next, "a user's key": &withKey, "a policy of everybody": managed(b, "call", "Allow", "bedrock:*"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.With(Put(e))
			}
		})
	}
}

// What every call asks allocates nothing.
func TestLookUpsAllocateNothing(t *testing.T) {
	s := crowd(t, 10)
	key, _ := s.AccessKey("AKIA0000000000000005")
	who := &key.Principal
	session := *who
	session.Session = &identity.Session{Limited: true}
	for name, look := range map[string]func(){
		"AccessKey":           func() { s.AccessKey("AKIA0000000000000005") },
		"Set":                 func() { s.Set(who) },
		"Set, of a session":   func() { s.Set(&session) },
		"AccessKeyBySecret":   func() { s.AccessKeyBySecret("secret-5") },
		"APIKey, of nobody":   func() { s.APIKey("ABSK") },
		"Account, and its ID": func() { s.Account(member) },
	} {
		if n := testing.AllocsPerRun(100, look); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
