package metering

import (
	"log/slog"
	"syscall"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/journal"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

// facts are the catalog that ships.
func facts(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(catalog.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// options are those of a meter on a directory and a store of the test's own.
func options(t testing.TB, c *catalog.Catalog, dir string, o catalog.PriceOptions) Options {
	t.Helper()
	book, err := catalog.NewBook(c, o)
	if err != nil {
		t.Fatal(err)
	}
	fs, err := journal.Dir(dir + "/journal")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return Options{
		Journal: journal.Options{FS: fs, Interval: journal.DefaultInterval, MaxBytes: 1 << 40}, Ledger: db,
		Book: book, Names: meter.NewNames(c), OnFailure: Refuse, Every: DefaultEvery, Log: slog.New(slog.DiscardHandler),
	}
}

// call is a settled call of a tagged application profile.
func call(c *catalog.Catalog, id string) *gateway.Record {
	m, _ := c.Model("amazon.nova-lite-v1:0")
	return &gateway.Record{
		RequestID: id, Principal: identity.Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/admin"},
		Operation: "Converse", Source: "us-east-1", Region: "us-east-1", Attempts: 1, Arrived: time.Now(), Latency: time.Second,
		Target: &profile.Target{
			Model: m, Source: "us-east-1", Partition: arn.AWS, Destinations: []arn.Region{"us-east-1"},
			Application: &profile.Application{
				ID: "abcdefghijkl", Name: "checkout", Account: "111122223333", Region: "us-east-1",
				Tags: map[string]string{"team": "shop", "stage": "prod", "project": "checkout"},
			},
		},
		Usage: chat.Usage{Input: 500, Output: 200},
	}
}

// BenchmarkSettle is all that metering adds to a call: admitted, settled, priced, in the journal.
func BenchmarkSettle(b *testing.B) {
	c := facts(b)
	m, err := Open(options(b, c, b.TempDir(), catalog.PriceOptions{}))
	if err != nil {
		b.Fatal(err)
	}
	m.stop() // the ledger is measured on its own
	<-m.stopped
	r := call(c, "11111111-2222-4333-8444-555555555555")
	b.ReportAllocs()
	began := processorTime(b)
	for b.Loop() {
		e, err := m.Admit(r)
		if err != nil {
			b.Fatal(err)
		}
		e.Settle(r)
	}
	b.ReportMetric(float64(processorTime(b)-began)/float64(b.N), "cpu-ns/op")
	if err := m.journal.Close(); err != nil {
		b.Fatal(err)
	}
}

// processorTime is what the process has used of its processors: what counts on a machine that others use too.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPrepare is what the drain does with a record before the store gets it.
func BenchmarkPrepare(b *testing.B) {
	c := facts(b)
	m := &Meter{opt: options(b, c, b.TempDir(), catalog.PriceOptions{})}
	d := &drain{meter: m, tags: map[meter.TagSet]bool{}}
	r := call(c, "11111111-2222-4333-8444-555555555555")
	rec := meter.Record{Usage: usageOf(r, applicationOf(r.Target))}
	rec.Charge = meter.Price(m.opt.Book, &rec.Usage, rec.At)
	payload := Encode(nil, &rec)
	b.ReportAllocs()
	for b.Loop() {
		batch := &store.Batch{}
		if err := d.add(batch, map[meter.TagSet]bool{}, payload); err != nil {
			b.Fatal(err)
		}
	}
}
