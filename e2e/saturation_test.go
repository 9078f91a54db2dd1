package e2e

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
)

// brownout leaves room for three calls a minute in us-east-1, and all the room in the world elsewhere.
const brownout = `simulator:
  first-token: 1ms
  tokens-per-second: 100000
  capacity:
    - {region: us-east-1, model: "anthropic.claude-3-5-sonnet-*", requests-per-minute: 3}
`

// room is how many calls us-east-1 takes before it is saturated.
const room = 3

// outcome is what one of many callers saw.
type outcome struct {
	header http.Header
	err    error
}

// everyone lets n callers call at once and returns what each saw.
func everyone(n int, call func() (http.Header, error)) []outcome {
	outcomes := make([]outcome, n)
	var callers sync.WaitGroup
	for i := range outcomes {
		callers.Go(func() { outcomes[i].header, outcomes[i].err = call() })
	}
	callers.Wait()
	return outcomes
}

// ways are a plain and a streamed call of a model.
func (c client) ways(t *testing.T, model string) map[string]func() (http.Header, error) {
	return map[string]func() (http.Header, error){
		"plain": func() (http.Header, error) {
			out, err := c.runtime.Converse(withPatience(t), &bedrockruntime.ConverseInput{ModelId: &model, Messages: ask("Is there room?")})
			if err != nil {
				return nil, err
			}
			return headers(t, out.ResultMetadata), nil
		},
		"streamed": func() (http.Header, error) {
			s, h, err := c.stream(t, model, "Is there room?")
			if err == nil && s.usage == nil {
				err = errors.New("the stream has no end")
			}
			return h, err
		},
	}
}

func TestWithAProfileNobodySeesASaturatedRegion(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"plain", "streamed"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			call := start(t, brownout).instantClient().ways(t, wideProfile)[way]
			const callers = 24
			served := map[string]int{}
			for i, o := range everyone(callers, call) {
				if o.err != nil {
					t.Errorf("caller %d: %v", i, o.err)
					continue
				}
				region, attempts := o.header.Get("X-Outcrop-Region"), o.header.Get("X-Outcrop-Attempts")
				served[region]++
				if region != "us-east-1" && o.header.Get("X-Outcrop-Route") == "" {
					t.Errorf("served in %s after %s attempts, and no route says why", region, attempts)
				}
			}
			if served["us-east-1"] != room || served["us-east-2"]+served["us-west-2"] != callers-room {
				t.Errorf("served %v, want %d in us-east-1 and the rest in us-east-2 or us-west-2", served, room)
			}
		})
	}
}

func TestWithTheBareIdEveryCallBeyondCapacityIsThrottled(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"plain", "streamed"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			call := start(t, brownout).instantClient().ways(t, claude)[way]
			const callers = 12
			refused := 0
			for _, o := range everyone(callers, call) {
				if o.err == nil {
					if region := o.header.Get("X-Outcrop-Region"); region != "us-east-1" {
						t.Errorf("a model called directly was served in %s", region)
					}
					continue
				}
				refused++
				got, h := failure[*types.ThrottlingException](t, o.err, http.StatusTooManyRequests)
				if got.ErrorMessage() == "" {
					t.Error("the refusal has no sentence")
				}
				if ms, err := strconv.Atoi(h.Get("X-Amz-Retry-After")); err != nil || ms < 1 {
					t.Errorf("x-amz-retry-after %q, want milliseconds", h.Get("X-Amz-Retry-After"))
				}
			}
			if refused != callers-room {
				t.Errorf("%d of %d refused, want all but %d", refused, callers, room)
			}
		})
	}
}

// When every destination is full, a profile has nowhere to go either.
func TestWithAProfileAllFullIsAThrottle(t *testing.T) {
	t.Parallel()
	c := start(t, `simulator:
  capacity: [{model: "*", requests-per-minute: 1}]
`).client()
	served, refused := 0, 0
	for _, o := range everyone(12, c.ways(t, wideProfile)["plain"]) {
		if o.err == nil {
			served++
			continue
		}
		refused++
		failure[*types.ThrottlingException](t, o.err, http.StatusTooManyRequests)
	}
	if served != 3 || refused != 9 {
		t.Errorf("%d served and %d refused, want one in each of three regions", served, refused)
	}
}
