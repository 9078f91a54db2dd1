package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, o Options) (*Journal, *Recovery) {
	t.Helper()
	j, found, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return j, found
}

func shut(t testing.TB, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

func begin(t testing.TB, j *Journal, text string) *Call {
	t.Helper()
	c, err := j.Begin([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func settle(t testing.TB, c *Call, text string) {
	t.Helper()
	if err := c.Settle([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// drain reads everything that is settled.
func drain(t testing.TB, r *Reader) (texts []string) {
	t.Helper()
	for {
		c, ok, err := r.Next(3)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return texts
		}
		for _, rec := range c.Records {
			texts = append(texts, string(rec.Payload))
		}
	}
}

// contents opens a copy of a directory and says what is in it: settled records, and open calls with
// their checkpoints.
func contents(t testing.TB, fs *memFS) (settled, open []string, found *Recovery) {
	t.Helper()
	j, found, err := Open(Options{FS: fs})
	if err != nil {
		t.Fatalf("with %s: %v", fs.names(), err)
	}
	defer shut(t, j)
	for _, c := range found.Open {
		open = append(open, string(c.Opened())+"@"+string(c.Checkpointed()))
	}
	r := j.Reader()
	defer r.Close()
	return drain(t, r), open, found
}

func TestASettledCallIsReadOnce(t *testing.T) {
	fs := newMemFS()
	j, _ := open(t, Options{FS: fs})
	r := j.Reader()
	a, b := begin(t, j, "a"), begin(t, j, "b")
	settle(t, b, "B")
	settle(t, b, "again")
	if got := drain(t, r); !slices.Equal(got, []string{"B"}) {
		t.Errorf("read %q", got)
	}
	if err := a.Checkpoint([]byte("half")); err != nil {
		t.Error(err)
	}
	settle(t, a, "A")
	if err := a.Checkpoint([]byte("late")); err != nil {
		t.Error(err)
	}
	if got := drain(t, r); !slices.Equal(got, []string{"A"}) {
		t.Errorf("then %q", got)
	}
	shut(t, j)
	if _, err := j.Begin(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestARecoveredCallIsSettledLikeAnyOther(t *testing.T) {
	fs := newMemFS()
	j, _ := open(t, Options{FS: fs})
	c := begin(t, j, "a")
	c.Checkpoint([]byte("1"))
	c.Checkpoint([]byte("2"))
	begin(t, j, "b")
	left := fs.clone(false)
	shut(t, j)

	j, found := open(t, Options{FS: left})
	if len(found.Open) != 2 || string(found.Open[0].Checkpointed()) != "2" || found.Open[1].Checkpointed() != nil {
		t.Fatalf("found %d open", len(found.Open))
	}
	for _, c := range found.Open {
		settle(t, c, strings.ToUpper(string(c.Opened())))
	}
	shut(t, j)
	settled, open, _ := contents(t, left)
	if diff := cmp.Diff([]string{"A", "B"}, settled); diff != "" || open != nil {
		t.Errorf("still open %q, settled %s", open, diff)
	}
}

// small is a journal of a few calls over several segments, and what is on its disk after each step.
func small(t *testing.T, fs *memFS) {
	t.Helper()
	j, _ := open(t, Options{FS: fs, SegmentBytes: 150})
	for i := range 4 {
		c := begin(t, j, fmt.Sprint("open", i))
		c.Checkpoint([]byte(fmt.Sprint("check", i)))
		if i != 2 {
			settle(t, c, fmt.Sprint("settled", i))
		}
	}
	shut(t, j)
}

// Wherever the process is killed, what was whole is found, and a part of a record is nothing. The same
// with what a file system may leave behind a file's end after a loss of power.
func TestTornTails(t *testing.T) {
	whole := newMemFS()
	small(t, whole)
	names := slices.Sorted(maps.Keys(whole.files))
	if len(names) < 3 {
		t.Fatalf("the journal has only the segments %q", names)
	}
	for last, name := range names {
		for n := range len(whole.files[name].data) + 1 {
			for tail, garbage := range map[string]string{"cut": "", "zeros": strings.Repeat("\x00", 40), "garbage": strings.Repeat("\x01\xff\x7f\x02", 10)} {
				fs := newMemFS()
				for _, earlier := range names[:last] {
					fs.files[earlier] = &memFile{fs: fs, data: slices.Clone(whole.files[earlier].data)}
				}
				fs.files[name] = &memFile{fs: fs, data: append(slices.Clone(whole.files[name].data[:n]), garbage...)}
				settled, open, found := contents(t, fs)
				if len(found.Damage) > 0 && tail != "garbage" {
					t.Fatalf("%s cut at %d with %s: damage %v", name, n, tail, found.Damage)
				}
				got := fmt.Sprint(settled, open)
				want := expected(t, whole, names[:last], name, n)
				if got != want {
					t.Fatalf("%s cut at %d with %s:\n got %s\nwant %s", name, n, tail, got, want)
				}
			}
		}
	}
}

// expected replays whole frames by hand.
func expected(t *testing.T, whole *memFS, earlier []string, name string, n int) string {
	t.Helper()
	var settledTexts []string
	type state struct{ open, check string }
	calls := map[uint64]*state{}
	replay := func(data []byte) {
		if len(data) < segmentHeader {
			return
		}
		for data = data[segmentHeader:]; ; {
			f, ok := parseFrame(data)
			if !ok {
				return
			}
			switch f.kind {
			case opened:
				calls[f.call] = &state{open: string(f.payload)}
			case checkpointed:
				calls[f.call].check = string(f.payload)
			case settled:
				delete(calls, f.call)
				settledTexts = append(settledTexts, string(f.payload))
			}
			data = data[f.size():]
		}
	}
	for _, e := range earlier {
		replay(whole.files[e].data)
	}
	replay(whole.files[name].data[:n])
	var openTexts []string
	for _, number := range slices.Sorted(maps.Keys(calls)) {
		openTexts = append(openTexts, calls[number].open+"@"+calls[number].check)
	}
	return fmt.Sprint(settledTexts, openTexts)
}

// A flipped bit costs the record it is in and no other.
func TestDamageInTheMiddle(t *testing.T) {
	whole := newMemFS()
	j, _ := open(t, Options{FS: whole})
	for i := range 3 {
		settle(t, begin(t, j, "o"), fmt.Sprint("settled", i))
	}
	shut(t, j)
	name := slices.Sorted(maps.Keys(whole.files))[0]
	for at := segmentHeader; at < len(whole.files[name].data); at++ {
		fs := whole.clone(false)
		fs.files[name].data[at] ^= 0x40
		settled, open, found := contents(t, fs)
		if len(settled)+len(open) < 2 || len(settled)+len(open) > 3 {
			t.Fatalf("bit in %d: settled %q, open %q", at, settled, open)
		}
		if len(found.Damage) == 0 && found.Cut == 0 {
			t.Fatalf("bit in %d: nobody is told", at)
		}
	}
}

// history runs calls against a failing directory, and notes what was promised.
type history struct{ begun, settled map[string]bool }

func (h *history) run(t *testing.T, fs *memFS, interval time.Duration) {
	t.Helper()
	h.begun, h.settled = map[string]bool{}, map[string]bool{}
	j, _, err := Open(Options{FS: fs, SegmentBytes: 160, Interval: interval})
	if err != nil {
		return
	}
	r := j.Reader()
	for i := range 6 {
		name := fmt.Sprint("call", i)
		c, err := j.Begin([]byte(name))
		if err != nil {
			time.Sleep(2 * retryEvery)
			continue
		}
		h.begun[name] = true
		c.Checkpoint([]byte("half"))
		_ = c.Settle([]byte(name)) // kept in memory when it fails …
		time.Sleep(2 * retryEvery) // … and written by now
		h.settled[name] = true
		if _, ok, err := r.Next(10); ok && err == nil && i == 3 {
			_ = j.Trim(0) // nothing is drained yet
		}
	}
	_ = r.Close()
	_ = j.Close()
}

func TestWhateverFailsNoSettledCallIsLost(t *testing.T) {
	for _, interval := range []time.Duration{0, 50 * time.Millisecond} {
		for n := 1; ; n++ {
			done := false
			synctest.Test(t, func(t *testing.T) {
				fs := newMemFS()
				struck := false
				fs.fail = func(i int, op string) bool { struck = struck || i == n; return i == n }
				var h history
				h.run(t, fs, interval)
				if !struck {
					done = true
				}
				for _, powerLost := range []bool{false, true} {
					settled, open, _ := contents(t, fs.clone(powerLost))
					h.check(t, fmt.Sprintf("interval %s, fault %d, power lost %t", interval, n, powerLost), settled, open)
				}
			})
			if done || t.Failed() {
				break
			}
		}
	}
}

func (h *history) check(t *testing.T, when string, settled, open []string) {
	t.Helper()
	for name := range h.settled {
		if !slices.Contains(settled, name) {
			t.Errorf("%s: %s was settled and is lost; found %q, open %q", when, name, settled, open)
		}
		if slices.ContainsFunc(open, func(o string) bool { return strings.HasPrefix(o, name+"@") }) {
			t.Errorf("%s: %s is open and settled", when, name)
		}
	}
}

func TestAFullDiskRefusesCallsUntilThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := newMemFS()
		j, _ := open(t, Options{FS: fs})
		defer shut(t, j)
		running := begin(t, j, "running")
		fs.room = 5
		if _, err := j.Begin([]byte("new")); err == nil || !strings.Contains(err.Error(), "no space") {
			t.Errorf("on a full disk: %v", err)
		}
		if err := running.Settle([]byte("kept")); err == nil {
			t.Error("a settlement was promised that cannot be written")
		}
		if _, err := j.Begin([]byte("new")); err == nil {
			t.Error("a call began while the journal is broken")
		}
		fs.mu.Lock()
		fs.room = -1
		fs.mu.Unlock()
		time.Sleep(2 * retryEvery)
		if err := j.Err(); err != nil {
			t.Errorf("with room again: %v", err)
		}
		settle(t, begin(t, j, "new"), "later")
		r := j.Reader()
		defer r.Close()
		if got := drain(t, r); !slices.Equal(got, []string{"kept", "later"}) {
			t.Errorf("read %q", got)
		}
		if s := j.Stats(); s.Open != 0 || s.Held != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestTheBoundRefusesNewCallsOnly(t *testing.T) {
	fs := newMemFS()
	j, _ := open(t, Options{FS: fs, SegmentBytes: 200, MaxBytes: 500})
	defer shut(t, j)
	var running []*Call
	for {
		c, err := j.Begin([]byte("call"))
		if errors.Is(err, ErrFull) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		running = append(running, c)
	}
	for i, c := range running {
		settle(t, c, fmt.Sprint(i))
	}
	r := j.Reader()
	defer r.Close()
	if got := drain(t, r); len(got) != len(running) {
		t.Errorf("%d of %d settled", len(got), len(running))
	}
	if err := j.Trim(r.Position()); err != nil {
		t.Fatal(err)
	}
	if s := j.Stats(); s.Segments != 1 || s.Bytes >= 500 {
		t.Errorf("after it was drained: %+v", s)
	}
	settle(t, begin(t, j, "call"), "last")
}

// A call that runs for long must not keep every file of its time.
func TestLongCallsAreCarried(t *testing.T) {
	fs := newMemFS()
	j, _ := open(t, Options{FS: fs, SegmentBytes: 150})
	long := begin(t, j, "long")
	long.Checkpoint([]byte("half"))
	r := j.Reader()
	for i := range 30 {
		settle(t, begin(t, j, "short"), fmt.Sprint(i))
		drain(t, r)
		if err := j.Trim(r.Position()); err != nil {
			t.Fatal(err)
		}
	}
	if s := j.Stats(); s.Segments > maxHeld+2 || s.Open != 1 {
		t.Errorf("%+v", s)
	}
	if _, open, _ := contents(t, fs.clone(false)); !slices.Equal(open, []string{"long@half"}) {
		t.Errorf("a recovery finds %q open", open)
	}
	settle(t, long, "long")
	if got := drain(t, r); !slices.Equal(got, []string{"long"}) {
		t.Errorf("read %q", got)
	}
	r.Close()
	shut(t, j)
	if _, open, _ := contents(t, fs); open != nil {
		t.Errorf("still open: %q", open)
	}
}

func TestRecordsReachTheDiskWithinTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := newMemFS()
		j, _ := open(t, Options{FS: fs, Interval: 50 * time.Millisecond})
		defer shut(t, j)
		syncs := fs.synced()
		settle(t, begin(t, j, "a"), "A")
		if fs.synced() != syncs {
			t.Error("somebody waited for the disk")
		}
		time.Sleep(51 * time.Millisecond)
		if settled, _, _ := contents(t, fs.clone(true)); !slices.Equal(settled, []string{"A"}) {
			t.Errorf("on the disk: %q", settled)
		}
		syncs = fs.synced()
		time.Sleep(time.Hour)
		if fs.synced() != syncs {
			t.Error("an idle journal syncs")
		}
	})
}

func TestManyAtOnceShareTheirSyncs(t *testing.T) {
	fs := newMemFS()
	j, _ := open(t, Options{FS: fs, SegmentBytes: 4 << 10})
	var wg sync.WaitGroup
	const callers, each = 16, 100
	for range callers {
		wg.Go(func() {
			for range each {
				settle(t, begin(t, j, "o"), "s")
			}
		})
	}
	wg.Wait()
	r := j.Reader()
	defer r.Close()
	if got := drain(t, r); len(got) != callers*each {
		t.Errorf("%d of %d settled", len(got), callers*each)
	}
	shut(t, j)
	if settled, open, _ := contents(t, fs.clone(true)); len(settled) != callers*each || open != nil {
		t.Errorf("on the disk %d settled, %d open", len(settled), len(open))
	}
}

func TestForeignFiles(t *testing.T) {
	fs := newMemFS()
	small(t, fs)
	names := slices.Sorted(maps.Keys(fs.files))
	t.Run("others are left alone", func(t *testing.T) {
		fs := fs.clone(false)
		fs.files["README"] = &memFile{fs: fs}
		contents(t, fs)
		if fs.files["README"] == nil {
			t.Error("removed")
		}
	})
	t.Run("renamed segment", func(t *testing.T) {
		fs := fs.clone(false)
		fs.files["0000000077.journal"] = fs.files[names[0]]
		if _, _, err := Open(Options{FS: fs}); err == nil || !strings.Contains(err.Error(), "renamed") {
			t.Errorf("%v", err)
		}
	})
	t.Run("newer format", func(t *testing.T) {
		fs := fs.clone(false)
		head := fs.files[names[0]].data[:segmentHeader]
		head[8] = version + 1
		binary.LittleEndian.PutUint32(head[32:], crc32.Checksum(head[:32], castagnoli))
		if _, _, err := Open(Options{FS: fs}); err == nil || !strings.Contains(err.Error(), "newer outcrop") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a broken header hides no record", func(t *testing.T) {
		fs := fs.clone(false)
		fs.files[names[0]].data[20] ^= 1
		settled, _, found := contents(t, fs)
		if len(settled) != 3 || len(found.Damage) != 1 {
			t.Errorf("%q, damage %v", settled, found.Damage)
		}
	})
}

func FuzzFrame(f *testing.F) {
	f.Add(appendFrame(nil, settled, 7, []byte("payload")))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := parseFrame(b)
		if !ok {
			return
		}
		if again := appendFrame(nil, got.kind, got.call, got.payload); !slices.Equal(again, b[:len(again)]) {
			t.Errorf("%x became %x", b, again)
		}
	})
}
