package catalog

import (
	"testing"
	"time"
)

// embeddedOnly is the catalog without an overlay.
func embeddedOnly(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load(Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEmbeddedDataIsSound is the lint of what ships.
func TestEmbeddedDataIsSound(t *testing.T) {
	for _, f := range embeddedOnly(t).Check() {
		t.Error(f)
	}
}

// TestEmbeddedDataIsWhole notices an entry that went missing between two builds of the data.
func TestEmbeddedDataIsWhole(t *testing.T) {
	c := embeddedOnly(t)
	routes, retired := 0, 0
	for _, p := range c.Profiles() {
		routes += len(p.Sources())
		if p.Retired {
			retired++
		}
	}
	for _, n := range []struct {
		what      string
		got, want int
	}{
		{"regions", len(c.Regions()), 35},
		{"models", len(c.Models()), 223},
		{"profiles", len(c.Profiles()), 153},
		{"retired profiles", retired, 23},
		{"routes by source", routes, 1140},
		{"quotas", len(c.Quotas()), 338},
		{"prices", len(c.Prices()), 1497},
		{"commitments", len(c.Commitments()), 28},
		{"notes", len(c.Notes()), 29},
	} {
		if n.got != n.want {
			t.Errorf("%s: %d, want %d", n.what, n.got, n.want)
		}
	}
}

// TestEffectiveStatus holds the published dates against the status that was worked out from them.
func TestEffectiveStatus(t *testing.T) {
	day := time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC)
	for _, m := range embeddedOnly(t).Models() {
		if got := m.Lifecycle.At(day); got != m.Lifecycle.Effective {
			t.Errorf("%s: %v on %s, want %v: %+v", m.ID, got, day.Format(time.DateOnly), m.Lifecycle.Effective, m.Lifecycle)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(Overlay{}); err != nil {
			b.Fatal(err)
		}
	}
}
