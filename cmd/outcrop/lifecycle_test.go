package main

import (
	"testing"
	"time"
)

func TestUntilTomorrow(t *testing.T) {
	zone := time.FixedZone("UTC+2", 2*60*60)
	for _, c := range []struct {
		now  time.Time
		want time.Duration
	}{
		{time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC), time.Second},
		{time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), 24 * time.Hour},
		{time.Date(2026, 3, 1, 1, 0, 0, 0, zone), time.Hour},
	} {
		if got := untilTomorrow(c.now); got != c.want {
			t.Errorf("%s: %s, want %s", c.now, got, c.want)
		}
	}
}
