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
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	"github.com/google/go-cmp/cmp"
)

// A server that is killed must come up with every call whose answer somebody has seen. The end of the
// process loses nothing under either policy; the loss of power is another matter (docs/operations.md).
const crashConfig = `simulator: {first-token: 0s, tokens-per-second: 0}
metering: {fsync: %s, segment-size: 1MiB, max-journal: 64MiB}
`

func TestNoSettledCallIsLostWhenTheServerIsKilled(t *testing.T) {
	const kills = 10
	for _, fsync := range []string{"always", "50ms"} {
		t.Run(fsync, func(t *testing.T) {
			config := fmt.Sprintf(crashConfig, fsync)
			s := start(t, config)
			seen := &witness{costs: map[string]string{}}
			for range kills {
				s.load(t, seen, 8, time.Duration(50+rand.IntN(700))*time.Millisecond)
				s = startIn(t, s.data, config)
			}
			s.stop()
			if left, err := os.ReadDir(filepath.Join(s.data, "journal")); err != nil || len(left) > 2 {
				t.Errorf("a drained journal has %d files: %v", len(left), err)
			}
			if len(seen.costs) < kills {
				t.Fatalf("only %d calls were answered", len(seen.costs))
			}
			seen.check(t, startIn(t, s.data, config))
		})
	}
}

// witness remembers what the calls cost whose answers clients have read to the end.
type witness struct {
	mu    sync.Mutex
	costs map[string]string // by the number of the call
	calls atomic.Int64
}

// callTag is the tag key by which each call is found again.
const callTag = "requestMetadata/call"

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

// callCost is what an answer says of its cost inside, when it is a stream.
var callCost = regexp.MustCompile(`"x-outcrop-cost-usd":"([^"]+)"`)

// callOnce makes one call, and notes what it costs when its answer came to its end.
func (s *server) callOnce(t *testing.T, transport http.RoundTripper, path string, seen *witness) error {
	call := fmt.Sprint(seen.calls.Add(1))
	r := s.signed(t, http.MethodPost, path, fmt.Appendf(nil,
		`{"messages":[{"role":"user","content":[{"text":"Are you still there?"}]}],"inferenceConfig":{"maxTokens":20},"requestMetadata":{"call":%q}}`, call))
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	cost := resp.Header.Get("X-Outcrop-Cost-Usd")
	if said := callCost.FindSubmatch(answer); said != nil {
		cost = string(said[1])
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	seen.costs[call] = cost
	return nil
}

// check asks a running server what each call cost that clients saw the end of: as much as its answer said. A call that
// was lost has no cost, one that counts twice has twice as much.
func (w *witness) check(t *testing.T, s *server) {
	t.Helper()
	got, more := map[string]string{}, 0
	for _, g := range s.costsByCall(t) {
		call := strings.TrimPrefix(g.Keys[0], callTag+"$")
		if _, seen := w.costs[call]; !seen {
			more++ // its answer broke off, or was on its way
			continue
		}
		got[call] = *g.Metrics["UnblendedCost"].Amount
	}
	if diff := cmp.Diff(w.costs, got); diff != "" {
		t.Errorf("what calls cost (-as clients were told +as the ledger has it):\n%s", diff)
	}
	t.Logf("%d answers seen; the ledger has them and %d calls more", len(w.costs), more)
}

// costsByCall reads every page of the costs by call.
func (s *server) costsByCall(t *testing.T) (all []cetypes.Group) {
	t.Helper()
	in := &costexplorer.GetCostAndUsageInput{
		TimePeriod: around(), Granularity: cetypes.GranularityMonthly, Metrics: []string{"UnblendedCost"},
		GroupBy: groupBy(cetypes.GroupDefinitionTypeTag, callTag),
	}
	for {
		out, err := s.explorer().GetCostAndUsage(withPatience(t), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.ResultsByTime {
			all = append(all, r.Groups...)
		}
		if in.NextPageToken = out.NextPageToken; in.NextPageToken == nil {
			return all
		}
	}
}
