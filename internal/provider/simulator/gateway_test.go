package simulator_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/simulator"
	"github.com/outcrop/outcrop/internal/route"
)

// house is a gateway with one model in two regions, and a profile over both.
func house(t *testing.T, rules ...simulator.Rule) (*gateway.Gateway, *[]gateway.Record) {
	t.Helper()
	at := func(f float64) *float64 { return &f }
	facts, err := catalog.Load(catalog.Overlay{
		Regions: []catalog.OverlayRegion{{ID: "site-a", Latitude: at(50), Longitude: at(8)}, {ID: "site-b", Latitude: at(50), Longitude: at(9)}},
		Models:  []catalog.OverlayModel{{ID: "house.llama", Regions: []arn.Region{"site-a", "site-b"}}},
		Profiles: []catalog.OverlayProfile{{
			ID: "all.house.llama", Model: "house.llama", Routes: map[arn.Region][]arn.Region{"site-a": {"site-a", "site-b"}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := simulator.New(simulator.Settings{Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	settled := new([]gateway.Record)
	g, err := gateway.New(gateway.Options{
		Snapshots: fixed{profile.NewSnapshot(facts, profile.Options{})},
		Table: route.NewTable([]route.Rule{{Model: "house.llama", Provider: "simulator"}},
			[]route.Offer{{Model: "house.llama", Regions: []arn.Region{"site-a", "site-b"}}}),
		Providers: map[string]provider.Provider{"simulator": p},
		Watcher:   gateway.Watcher{Settled: func(r *gateway.Record) { *settled = append(*settled, *r) }},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g, settled
}

type fixed struct{ now *profile.Snapshot }

func (f fixed) Snapshot() *profile.Snapshot { return f.now }

// outcome makes a streamed call and says what its caller saw: the status it can still choose, the
// text, how it ended, and where it went.
func outcome(t *testing.T, g *gateway.Gateway, identifier string) string {
	t.Helper()
	a, err := g.Do(t.Context(), &gateway.Call{
		RequestID: "r", Principal: identity.Principal{Account: "111122223333"}, Source: "site-a",
		Operation: "ConverseStream", Identifier: identifier, Arrived: time.Now(), Stream: true,
		Parse: func(*profile.Target) (gateway.Ask, error) {
			return gateway.Ask{Chat: &chat.Request{Messages: []chat.Message{{Role: chat.User, Content: []chat.Block{chat.Text("hello")}}}}}, nil
		},
	})
	if err != nil {
		return fmt.Sprintf("refused: %s [%s]", fault.Public(err).Code, a.Trail.String())
	}
	defer a.Stream.Close()
	text := ""
	for {
		e, err := a.Stream.Next()
		if err == nil {
			text += e.Text
			continue
		}
		_, again := a.Stream.Next()
		switch {
		case !errors.Is(again, err):
			t.Errorf("after %v the stream says %v", err, again)
		case errors.Is(err, io.EOF):
			return fmt.Sprintf("%q and its end [%s]", text, a.Trail.String())
		}
		return fmt.Sprintf("%q, then %s [%s]", text, fault.Public(err).Code, a.Trail.String())
	}
}

// TestStreamsTellTheTruth walks every kind of failure through the gateway, before the answer, in the
// stead of its first content, and behind that. Until the caller has seen content another region
// takes over unseen, or the failure is the whole answer; later it is the last thing that comes.
func TestStreamsTellTheTruth(t *testing.T) {
	const whole = `"one two three"`
	elsewhere := func(step string) string { return whole + " and its end [site-a=" + step + " site-b=served]" }
	here := func(code, step string) string { return "refused: " + code + " [site-a=" + step + "]" }
	later := func(code string) string { return `"one two ", then ` + code + " [site-a=served]" }
	type row struct{ early, first, later, direct string }
	for kind, want := range map[simulator.FailureKind]row{
		simulator.Throttling:  {elsewhere("throttled"), elsewhere("throttled"), later("throttled"), here("throttled", "throttled")},
		simulator.Unavailable: {elsewhere("failed"), elsewhere("failed"), later("unavailable"), here("unavailable", "failed")},
		simulator.Timeout:     {elsewhere("timed-out"), elsewhere("timed-out"), later("model_timeout"), here("model_timeout", "timed-out")},
		simulator.ModelError:  {elsewhere("failed"), elsewhere("failed"), later("model_stream_error"), here("model_stream_error", "failed")},
		simulator.Internal:    {elsewhere("failed"), elsewhere("failed"), later("model_stream_error"), here("unavailable", "failed")},
		simulator.Cut:         {elsewhere("failed"), elsewhere("failed"), later("model_stream_error"), here("model_stream_error", "failed")},
		simulator.Invalid:     {here("validation", "refused"), here("validation", "refused"), later("validation"), here("validation", "refused")},
	} {
		t.Run(string(kind), func(t *testing.T) {
			for _, at := range []struct {
				event            int
				identifier, want string
			}{
				{0, "all.house.llama", want.early},
				{1, "all.house.llama", want.first},
				{3, "all.house.llama", want.later},
				{1, "house.llama", want.direct},
				{3, "house.llama", want.later},
			} {
				failing := simulator.Answer{Error: &simulator.Fault{Kind: kind, Event: at.event}}
				if at.event > 0 {
					failing.Text, failing.Chunk = "one two three", 4
				}
				g, settled := house(t,
					simulator.Rule{When: simulator.Match{Region: "site-a"}, Answer: &failing},
					simulator.Rule{Answer: &simulator.Answer{Text: "one two three"}},
				)
				if got := outcome(t, g, at.identifier); got != at.want {
					t.Errorf("%s, event %d:\n got %s\nwant %s", at.identifier, at.event, got, at.want)
				}
				if len(*settled) != 1 {
					t.Errorf("%s, event %d: settled %d times", at.identifier, at.event, len(*settled))
				}
			}
		})
	}
}

// What a stream produced before it broke is metered.
func TestBrokenStreamsAreMetered(t *testing.T) {
	g, settled := house(t, simulator.Rule{Answer: &simulator.Answer{
		Text: "one two three", Chunk: 4, Error: &simulator.Fault{Kind: simulator.Cut, Event: 3},
	}})
	outcome(t, g, "house.llama")
	if len(*settled) != 1 {
		t.Fatalf("settled %d times", len(*settled))
	}
	want := chat.Usage{Input: 5, Output: 2, Estimated: true}
	if diff := cmp.Diff(want, (*settled)[0].Usage); diff != "" {
		t.Errorf("usage (-want +got):\n%s", diff)
	}
}
