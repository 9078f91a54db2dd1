package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/tokens"
)

// notebook is a Meter that writes down what it is told. A token costs a pico-dollar.
type notebook struct {
	lines  []string
	refuse error
}

func (n *notebook) note(what string, r *Record) {
	failure := ""
	if r.Failure != nil {
		failure = " " + r.Failure.Code.String()
	}
	n.lines = append(n.lines, fmt.Sprintf("%s %d+%d%s", what, r.Usage.Input, r.Usage.Output, failure))
}

func (n *notebook) Admit(r *Record) (Entry, error) {
	if n.refuse != nil {
		return nil, n.refuse
	}
	n.note("admit", r)
	return n, nil
}

func (n *notebook) Checkpoint(r *Record) { n.note("checkpoint", r) }

func (n *notebook) Settle(r *Record) money.Amount {
	n.note("settle", r)
	return money.Pico(r.Usage.Total())
}

// metered is a house whose calls are written down.
func metered(t *testing.T, scripts map[arn.Region]script) (*house, *notebook) {
	h, n := newHouse(t, 1, scripts), &notebook{}
	h.meter = n
	return h, n
}

func (n *notebook) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(n.lines, ", "); got != strings.Join(want, ", ") {
		t.Errorf("the meter was told %s, want %s", got, strings.Join(want, ", "))
	}
}

func TestAWholeAnswerIsSettledBeforeItIsHandedOut(t *testing.T) {
	h, n := metered(t, nil)
	a, err := h.Do(context.Background(), call("house.llama", false))
	if err != nil || a.Cost() != money.Pico(8) {
		t.Errorf("cost %s: %v", a.Cost(), err)
	}
	n.expect(t, "admit 0+0", "settle 7+1")
}

func TestAStreamIsSettledBeforeItsLastEventIsHandedOut(t *testing.T) {
	h, n := metered(t, nil)
	a, err := h.Do(context.Background(), call("house.llama", true))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Stream.Close()
	for {
		settledBefore := a.settled
		e, err := a.Stream.Next()
		if err != nil {
			t.Fatal(err)
		}
		if settledBefore {
			t.Fatal("settled before the upstream had said what was used")
		}
		if e.Kind == chat.Metadata {
			break
		}
	}
	if a.Cost() != money.Pico(streamed(a)) || a.Cost().IsZero() {
		t.Errorf("with the last event the cost is %s", a.Cost())
	}
	if last := n.lines[len(n.lines)-1]; !strings.HasPrefix(last, "settle") || strings.Contains(last, "client") {
		t.Errorf("last told: %s", last)
	}
}

func streamed(a *Answer) int64 { return a.Stream.measured().Total() }

func TestALongStreamLeavesCheckpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, n := metered(t, nil)
		a, err := h.Do(context.Background(), call("house.llama", true))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the start and the first four bytes
			a.Stream.Next()
		}
		n.expect(t, "admit 0+0")
		time.Sleep(checkpointEvery)
		a.Stream.Next()
		a.Stream.Next() // at once: no second one
		a.Stream.Close()
		n.expect(t, "admit 0+0", "checkpoint 7+2", "settle 7+3 client_gone")
	})
}

func TestAClientThatLeavesWhileTheModelSpeaksPaysForWhatItSaid(t *testing.T) {
	h, n := metered(t, map[arn.Region]script{"site-a": {broken: context.Canceled, after: 2}})
	ctx, leave := context.WithCancel(context.Background())
	a, err := h.Do(ctx, call("house.llama", true))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // the start and two pieces of content
		if _, err := a.Stream.Next(); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if _, err := a.Stream.Next(); !fault.Is(err, fault.ClientGone) {
		t.Errorf("the stream ended with %v", err)
	}
	a.Stream.Close()
	n.expect(t, "admit 0+0", "settle 7+2 client_gone")
	h.idle(t)
}

func TestAClientThatLeavesBeforeTheAnswerPaysForItsQuestion(t *testing.T) {
	said := chat.Text("What is it worth to you?")
	someQuestion := &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{said}}}}
	vectors := &chat.EmbedRequest{Inputs: [][]chat.Block{{said}}}
	question := tokens.Request(someQuestion)
	for name, c := range map[string]struct {
		stream bool
		ask    Ask
		native string // a body that is passed on unread
		want   string
	}{
		"a whole answer":  {ask: Ask{Chat: someQuestion}, want: fmt.Sprintf("settle %d+0 client_gone", question)},
		"a stream":        {ask: Ask{Chat: someQuestion}, stream: true, want: fmt.Sprintf("settle %d+0 client_gone", question)},
		"vectors":         {ask: Ask{Embed: vectors}, want: fmt.Sprintf("settle %d+0", tokens.Embed(vectors)) + " client_gone"},
		"a body not read": {native: "eight by", want: "settle 2+0 client_gone"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, n := metered(t, map[arn.Region]script{"site-a": {wait: time.Minute}})
				ctx, leave := context.WithTimeout(context.Background(), time.Second)
				defer leave()
				k := call("house.llama", c.stream)
				k.Parse = func(*profile.Target) (Ask, error) { return c.ask, nil }
				if c.native != "" {
					k.Native = &chat.Native{Body: []byte(c.native)}
				}
				if _, err := h.Do(ctx, k); !fault.Is(err, fault.ClientGone) {
					t.Errorf("%v", err)
				}
				n.expect(t, "admit 0+0", c.want)
				if r := h.settled[0]; !r.Usage.Estimated || r.Region != "site-a" {
					t.Errorf("estimated %t, in %q", r.Usage.Estimated, r.Region)
				}
				h.idle(t)
			})
		})
	}
}

func TestAClientThatLeavesBeforeAModelIsAskedPaysNothing(t *testing.T) {
	h, n := metered(t, nil)
	ctx, leave := context.WithCancel(context.Background())
	leave()
	if _, err := h.Do(ctx, call("house.llama", false)); !fault.Is(err, fault.ClientGone) || len(h.fake.asked) != 0 {
		t.Errorf("asked in %v: %v", h.fake.asked, err)
	}
	n.expect(t, "admit 0+0", "settle 0+0 client_gone")
}

func TestWhoIsNotAdmittedIsNotServed(t *testing.T) {
	h, n := metered(t, nil)
	n.refuse = fault.Wrap(fault.ServiceUnavailable, errors.New("disk full"), "Not now.")
	a, err := h.Do(context.Background(), call("house.llama", false))
	if f := fault.Public(err); f.Code != fault.ServiceUnavailable || f.Message != "Not now." || !a.Cost().IsZero() {
		t.Errorf("%v", err)
	}
	if len(h.fake.asked) != 0 {
		t.Error("the provider was asked")
	}
	n.expect(t)
	h.idle(t)
}

func TestAFailedCallIsSettledAsFailed(t *testing.T) {
	h, n := metered(t, map[arn.Region]script{"site-a": {refuse: errDown}})
	if _, err := h.Do(context.Background(), call("house.llama", false)); err == nil {
		t.Fatal("served")
	}
	n.expect(t, "admit 0+0", "settle 0+0 unavailable")
}
