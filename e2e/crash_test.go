package e2e

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A server that is killed must come up with every call whose answer somebody has seen. The end of the
// process loses nothing under either policy; the loss of power is another matter (docs/operations.md).
const crashConfig = `simulator: {first-token: 0s, tokens-per-second: 0}
metering: {fsync: %s, segment-size: 1MiB, max-journal: 64MiB}
`

func TestNoSettledCallIsLostWhenTheServerIsKilled(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("SKIPPED: no python3 to read the store with")
	}
	const kills = 10
	for _, fsync := range []string{"always", "50ms"} {
		t.Run(fsync, func(t *testing.T) {
			config := fmt.Sprintf(crashConfig, fsync)
			s := start(t, config)
			seen := &witness{ids: map[string]bool{}}
			for range kills {
				s.load(t, seen, 8, time.Duration(50+rand.IntN(700))*time.Millisecond)
				s = startIn(t, s.data, config)
			}
			s.stop()
			if len(seen.ids) < kills {
				t.Fatalf("only %d calls were answered", len(seen.ids))
			}
			seen.check(t, s.data)
		})
	}
}

// witness remembers the calls whose answers clients have read to the end.
type witness struct {
	mu  sync.Mutex
	ids map[string]bool
}

// load calls the server from many clients at once until it is killed in the midst of it.
func (s *server) load(t *testing.T, seen *witness, clients int, until time.Duration) {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			for path := "/model/amazon.nova-lite-v1%3A0/converse"; s.callOnce(t, transport, path, seen) == nil; {
				if i%2 == 1 { // half of the clients stream
					path = "/model/amazon.nova-lite-v1%3A0/converse-stream"
				}
			}
		})
	}
	kill := time.AfterFunc(until, func() { _ = s.cmd.Process.Kill() })
	defer kill.Stop()
	wg.Wait()
	s.over = true
	var ended *exec.ExitError
	if err := <-s.exit; !errors.As(err, &ended) {
		t.Fatalf("the server was to be killed, and ended with %v", err)
	}
}

// callOnce makes one call, and notes its id when the answer came to its end.
func (s *server) callOnce(t *testing.T, transport http.RoundTripper, path string, seen *witness) error {
	r := s.signed(t, http.MethodPost, path, []byte(`{"messages":[{"role":"user","content":[{"text":"Are you still there?"}]}],"inferenceConfig":{"maxTokens":20}}`))
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	seen.ids[resp.Header.Get("X-Amzn-Requestid")] = true
	return nil
}

// ledgerScript prints the id of every usage record, and then whether the sums by hour and by day agree.
const ledgerScript = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for (id,) in db.execute("SELECT request_id FROM usage_records"):
    print(id)
sums = lambda table: db.execute("SELECT sum(count), sum(usd)*1000000000000+sum(pico), sum(calls) FROM " + table).fetchall()
print("sums agree" if sums("rollup_hours") == sums("rollup_days") else "sums differ")
print(sums("rollup_hours")[0][2], "calls")
`

// check compares the ledger of a stopped server with what the clients saw.
func (w *witness) check(t *testing.T, data string) {
	t.Helper()
	out, err := exec.Command("python3", "-c", ledgerScript, filepath.Join(data, "outcrop.db")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	ids, sums, calls := lines[:len(lines)-2], lines[len(lines)-2], lines[len(lines)-1]
	count := map[string]int{}
	for _, id := range ids {
		count[id]++
	}
	for id, n := range count {
		if n != 1 {
			t.Errorf("call %s is in the ledger %d times", id, n)
		}
	}
	lost := []string{}
	for id := range w.ids {
		if count[id] == 0 {
			lost = append(lost, id)
		}
	}
	if diff := cmp.Diff([]string{}, lost); diff != "" {
		t.Errorf("calls that were answered are lost (-want +got):\n%s", diff)
	}
	if sums != "sums agree" {
		t.Error(sums)
	}
	if left, err := os.ReadDir(filepath.Join(data, "journal")); err != nil || len(left) > 2 {
		t.Errorf("a drained journal has %d files: %v", len(left), err)
	}
	t.Logf("%d answers seen, %d calls in the ledger, sums over %s", len(w.ids), len(count), calls)
}
