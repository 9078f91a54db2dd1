package profile

import (
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
)

const (
	owner1 = arn.Account("111122223333")
	owner2 = arn.Account("444455556666")
)

// load makes a snapshot of the embedded catalog.
func load(t testing.TB, o Options) *Snapshot {
	t.Helper()
	c, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	return NewSnapshot(c, o)
}

// sample is an application profile of the first account.
func sample(id string, r arn.Region, source string) *Application {
	from, ok := arn.Parse(source)
	if !ok {
		panic("BUG: not an ARN: " + source)
	}
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	return &Application{ID: id, Name: "sample", Account: owner1, Region: r, Source: from, Created: day, Updated: day}
}
