package journal

import (
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However many syncs overlap, and in whichever order they end, what is left is exactly what none of
// them has covered.
func TestPendingKeepsWhatNoSyncHasCovered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p pending
		var all []byte // every byte ever added
		var covered int64
		var running []int64 // where the syncs under way will have come to
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				b := rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "records")
				p.add(b)
				all = append(all, b...)
			case 1:
				running = append(running, p.end())
			case 2:
				if len(running) > 0 {
					i := rapid.IntRange(0, len(running)-1).Draw(t, "which")
					p.syncedTo(running[i])
					covered = max(covered, running[i])
					running = append(running[:i], running[i+1:]...)
				}
			case 3: // a sync that nobody overtakes
				p.syncedTo(p.end())
				covered = int64(len(all))
			}
			if string(p.buf) != string(all[covered:]) {
				t.Fatalf("holds %d bytes, want the %d that no sync has covered", len(p.buf), int64(len(all))-covered)
			}
		}
		if got := p.take(); string(got) != string(all[covered:]) || !p.empty() || p.end() != int64(len(all)) {
			t.Fatalf("took %d bytes, %d left, at %d of %d", len(got), len(p.buf), p.end(), len(all))
		}
	})
}

// A sync beside the writers must not take another's for its own: with every settlement synced, a
// sync for a checkpoint that ends late finds nothing left of what it began with.
func TestASyncBesideThatEndsLate(t *testing.T) {
	var late atomic.Pointer[func()] // runs once, between a sync and its bookkeeping
	j, _ := open(t, Options{FS: newMemFS(), Synced: func(time.Duration) {
		if f := late.Swap(nil); f != nil {
			(*f)()
		}
	}})
	defer shut(t, j)
	long, short := begin(t, j, "long"), begin(t, j, "short")
	if err := long.Checkpoint([]byte("half")); err != nil {
		t.Fatal(err)
	}
	overtake := func() { settle(t, short, "done") }
	late.Store(&overtake)
	j.syncBeside()
	if late.Load() != nil {
		t.Fatal("there was nothing to sync")
	}
	settle(t, long, "whole")
}
