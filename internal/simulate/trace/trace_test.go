package trace

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name, text string
		calls      []Call
		targets    []Target
		left       int
	}{
		{
			"Azure's columns, with seven digits of a second and no last line feed",
			"TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8",
			[]Call{{Input: 4808, Output: 10}, {At: 52 * time.Millisecond, Input: 3180, Output: 8}},
			nil, 0,
		},
		{
			"Azure's later traces have an offset",
			"TIMESTAMP,ContextTokens,GeneratedTokens\r\n2024-05-10 23:59:59.5+00:00,7,1\r\n2024-05-11 00:00:00.009930+00:00,8,2\r\n",
			[]Call{{Input: 7, Output: 1}, {At: 509930 * time.Microsecond, Input: 8, Output: 2}},
			nil, 0,
		},
		{
			"BurstGPT, whose failed calls have no response",
			"Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,472,18,490,Conversation log\n" +
				"45,GPT-4,1087,0,1087,Conversation log\n118,GPT-4,417,276,693,API log\n",
			[]Call{{Input: 472, Output: 18}, {At: 113 * s, Input: 417, Output: 276}},
			nil, 1,
		},
		{
			"BurstGPT with sessions",
			"Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n" +
				"0,a,1.5,GPT-4,1,2,3,x\n1,,1,GPT-4,1,2,3,x\n2,b,1,GPT-4,1,2,3,x\n3,a,1,GPT-4,1,2,3,x\n",
			[]Call{
				{Input: 1, Output: 2, Session: 1},
				{At: s, Input: 1, Output: 2},
				{At: 2 * s, Input: 1, Output: 2, Session: 2},
				{At: 3 * s, Input: 1, Output: 2, Session: 1},
			},
			nil, 0,
		},
		{
			"our own columns in any order, rows in any order",
			"\ufeffregion,time,output_tokens,input_tokens,max_tokens,profile\neu-west-1,2.5s,3,4,5,eu.x\n,500ms,1,2,,\n eu-west-1, 1s, 1, 2, 0, eu.x\n",
			[]Call{
				{Input: 2, Output: 1},
				{At: s / 2, Input: 2, Output: 1, Target: 1},
				{At: 2 * s, Input: 4, Output: 3, Max: 5, Target: 1},
			},
			[]Target{{}, {"eu.x", "eu-west-1"}},
			0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read("t.csv", strings.NewReader(c.text))
			if err != nil {
				t.Fatal(err)
			}
			want := &Trace{Name: "t.csv", Calls: c.calls, Targets: c.targets, LeftOut: c.left}
			if want.Targets == nil {
				want.Targets = make([]Target, 1)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadFaults(t *testing.T) {
	const own = "time,input_tokens,output_tokens\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "t.csv is empty"},
		{"nothing but a header", own, "t.csv has no calls"},
		{"nothing but failures", own + "1,2,0\n", "t.csv has no calls"},
		{"no header", "1,2,3\n", "t.csv:1: no column is named time"},
		{"no output", "time,input\n1,2\n", "t.csv:1: no column is named output_tokens"},
		{"short row", own + "1,2\n", "t.csv: record on line 2: wrong number of fields"},
		{"a quote without end", own + "1,\"2,3\n", "t.csv: parse error on line 2"},
		{"no number", own + "1,2,x\n", `t.csv:2: column 3: want a number of tokens, 0 to 100000000, found "x"`},
		{"a negative number", own + "1,-2,3\n", `t.csv:2: column 2: want a number of tokens`},
		{"too many tokens", own + "1,100000001,3\n", `t.csv:2: column 2: want a number of tokens`},
		{"no time", own + "soon,2,3\n", `t.csv:2: column 1: want seconds, a duration`},
		{"two forms of time", own + "1,2,3\n1m,2,3\n", `t.csv:3: column 1: "1m" is no time of the form of those before it`},
		{"an endless time", own + "NaN,2,3\n", `t.csv:2: column 1: want seconds`},
		{"a time far away", own + "2023-11-16 18:17:03,2,3\n2123-11-16 18:17:03,2,3\n", "more than 10 years"},
		{"several", own + "1,x,3\n1,2,y\n", "t.csv:2: column 2: want a number of tokens, 0 to 100000000, found \"x\"\nt.csv:3: column 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read("t.csv", strings.NewReader(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
	_, err := Read("t.csv", strings.NewReader(own+strings.Repeat("x,x,x\n", 1000)))
	if n := strings.Count(err.Error(), "\n") + 1; n > mostFaults+2 {
		t.Errorf("%d faults are told", n)
	}
}

func TestReshape(t *testing.T) {
	whole := &Trace{Calls: []Call{{}, {At: 4 * time.Second, Max: 7}, {At: 8 * time.Second}}}
	got := whole.Reshape(Shape{Speed: 2, Limit: 2, Max: 5})
	want := &Trace{Calls: []Call{{Max: 5}, {At: 2 * time.Second, Max: 7}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if whole.Calls[0].Max != 0 {
		t.Error("the trace itself was changed")
	}
}

func bursty() Generator {
	return Generator{
		Seed: 7, For: 20 * time.Minute, Arrivals: Bursts, Rate: 5, PeakRate: 50, Period: 2 * time.Minute, Burst: 20 * time.Second,
		Input: Tokens{Median: 800, P95: 6000, Most: 30000}, Output: Tokens{Median: 200, P95: 900}, Sessions: 20, Turns: 5,
	}
}

func TestSameSeedSameCalls(t *testing.T) {
	g, other := bursty(), bursty()
	other.Seed++
	if diff := cmp.Diff(g.Make(), g.Make()); diff != "" {
		t.Errorf("twice the same generator:\n%s", diff)
	}
	if slices.Equal(g.Make().Calls, other.Make().Calls) {
		t.Error("another seed made the same calls")
	}
	longer := bursty()
	longer.Output.Median = 300
	if !slices.EqualFunc(g.Make().Calls, longer.Make().Calls, func(a, b Call) bool { return a.At == b.At && a.Session == b.Session }) {
		t.Error("other lengths changed when calls come")
	}
}

// The numbers of calls of each kind of arrivals are near their expectation, and their lengths have the quantiles asked for.
func TestGeneratorsKeepTheirWord(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Generator)
		want float64 // calls
		near float64 // the share that is allowed off
	}{
		{"poisson", func(g *Generator) { g.Arrivals, g.Rate = Poisson, 40 }, 40 * 1200 * 10, 0.01},
		{"bursts", func(*Generator) {}, (5*100 + 50*20) * 100, 0.15}, // few bursts of very different lengths
		{"diurnal", func(g *Generator) {
			g.Arrivals, g.Rate, g.PeakRate, g.Period, g.For = Diurnal, 10, 50, time.Hour, 3*time.Hour
		}, 30 * 3 * 3600, 0.02},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := bursty()
			g.For *= 10
			c.edit(&g)
			g.Check(func(path, message string) { t.Errorf("%s: %s", path, message) })
			calls := g.Make().Calls
			if n := float64(len(calls)); math.Abs(n-c.want) > c.near*c.want {
				t.Errorf("%.0f calls, want about %.0f", n, c.want)
			}
			if !slices.IsSortedFunc(calls, func(a, b Call) int { return int(a.At - b.At) }) {
				t.Error("the calls are not in order")
			}
			var in []int32
			for _, call := range calls {
				in = append(in, call.Input)
			}
			slices.Sort(in)
			if median, p95 := in[len(in)/2], in[len(in)*95/100]; median < 760 || median > 840 || p95 < 5600 || p95 > 6400 || in[len(in)-1] != 30000 {
				t.Errorf("input tokens: median %d, p95 %d, most %d", median, p95, in[len(in)-1])
			}
		})
	}
}

func TestSessionsHaveTurns(t *testing.T) {
	g := bursty()
	calls := map[uint32]int{}
	trace := g.Make()
	for _, c := range trace.Calls {
		calls[c.Session]++
	}
	if mean := float64(len(trace.Calls)) / float64(len(calls)); mean < 4 || mean > 6 || calls[0] > 0 {
		t.Errorf("%.1f turns a session, want about 5; %d calls without one", mean, calls[0])
	}
}

func TestGeneratorFaults(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*Generator)
		want string
	}{
		"no time":             {func(g *Generator) { g.For = 0 }, "for"},
		"too many calls":      {func(g *Generator) { g.Rate, g.For = 1e6, time.Hour }, "for"},
		"no rate":             {func(g *Generator) { g.Rate = math.NaN() }, "rate"},
		"no peak":             {func(g *Generator) { g.PeakRate = -1 }, "peak-rate"},
		"burst beyond period": {func(g *Generator) { g.Burst = g.Period }, "burst"},
		"day without length":  {func(g *Generator) { g.Arrivals, g.Period = Diurnal, 0 }, "period"},
		"unknown kind":        {func(g *Generator) { g.Arrivals = "weekly" }, "arrivals"},
		"p95 below median":    {func(g *Generator) { g.Input.P95 = 1 }, "input"},
		"no output":           {func(g *Generator) { g.Output = Tokens{} }, "output"},
		"no turns":            {func(g *Generator) { g.Turns = 0 }, "turns"},
	} {
		t.Run(name, func(t *testing.T) {
			g := bursty()
			c.edit(&g)
			var got []string
			g.Check(func(path, _ string) { got = append(got, path) })
			if !slices.Contains(got, c.want) {
				t.Errorf("faults of %q, want one of %q", got, c.want)
			}
		})
	}
}

// Whatever the text, reading ends with an error or with calls in order.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", "time,input,output\n1,2,3\n", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n",
		"Timestamp,Session ID,Request tokens,Response tokens\n5,a,1,2\n", "time,input,output\n\"1\n2\",2,3\n", "time,input,output\n1e308,1,1\n-1e8,1,1\n",
		"time,input,output,region\n1ns,1,1,\xff\n", "time,time,input,output\n1,,1,1\n", "time,,input,output\n0\"0000",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Read("t.csv", strings.NewReader(text))
		if err != nil {
			return
		}
		if len(got.Calls) == 0 || got.Calls[0].At != 0 || !slices.IsSortedFunc(got.Calls, func(a, b Call) int { return int(a.At/1e3 - b.At/1e3) }) {
			t.Errorf("%q made %v", text, got.Calls)
		}
		for _, c := range got.Calls {
			if c.Output < 1 || c.Input < 0 || int(c.Target) >= len(got.Targets) {
				t.Errorf("%q made %v", text, c)
			}
		}
	})
}

func BenchmarkMake(b *testing.B) {
	g := bursty()
	g.For = time.Hour
	b.ReportAllocs()
	for b.Loop() {
		g.Make()
	}
}
