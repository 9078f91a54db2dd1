package journal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadersStopAtAFence(t *testing.T) {
	for name, bytes := range map[string]int64{"in one segment": 1 << 20, "in many segments": 64} {
		t.Run(name, func(t *testing.T) {
			j, _ := open(t, Options{FS: newMemFS(), SegmentBytes: bytes})
			defer shut(t, j)
			r := j.Reader()
			defer r.Close()
			running := begin(t, j, "running")
			settle(t, begin(t, j, "a"), "a")
			settle(t, begin(t, j, "b"), "b")
			if err := j.Fence(); err != nil {
				t.Fatal(err)
			}
			settle(t, running, "after")
			settle(t, begin(t, j, "c"), "c")
			before := drain(t, r)
			if err := j.Trim(r.Position()); err != nil {
				t.Fatal(err)
			}
			again := drain(t, r)
			j.Unfence()
			after := drain(t, r)
			if diff := cmp.Diff([][]string{{"a", "b"}, nil, {"after", "c"}}, [][]string{before, again, after}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFenceKnowsWhatCannotBeRead(t *testing.T) {
	fs := newMemFS()
	j, _ := open(t, Options{FS: fs})
	defer shut(t, j)
	c := begin(t, j, "a")
	fs.mu.Lock()
	fs.fail = func(_ int, op string) bool { return op == "write" }
	fs.mu.Unlock()
	if err := c.Settle([]byte("a")); err == nil {
		t.Fatal("a settlement that cannot be written succeeds")
	}
	if j.Fence() == nil {
		t.Error("there is a fence although a settled record is in memory alone")
	}
	fs.mu.Lock()
	fs.fail = nil
	fs.mu.Unlock()
}
