package registrar_test

import (
	"fmt"
	"testing"

	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/seal"
)

// BenchmarkChange is one durable change in an account of a thousand users.
func BenchmarkChange(b *testing.B) {
	r := open(b, openStore(b, b.TempDir()), newRing(b, seal.NewKey()))
	found(b, r)
	for i := range 1000 {
		mustPut(b, r, newUser(fmt.Sprint("user-", i)))
	}
	kim := newUser("kim")
	mustPut(b, r, kim)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		next := *kim
		next.Tags = identity.Tags{{Key: "n", Value: fmt.Sprint(i)}}
		mustPut(b, r, &next)
	}
}

// BenchmarkOpen is a start with a thousand users.
func BenchmarkOpen(b *testing.B) {
	db, ring := openStore(b, b.TempDir()), newRing(b, seal.NewKey())
	r := open(b, db, ring)
	found(b, r)
	for i := range 1000 {
		mustPut(b, r, newUser(fmt.Sprint("user-", i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		open(b, db, ring)
	}
}
