package route

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
)

var rewrite = flag.Bool("rewrite", false, "write what the tests find into testdata")

// A script is a fleet and what happens to it, a command a line. Lines that begin with ">" are what the line above them
// came to, and are what the test compares. Lines that begin with "#" say why.
//
//	deploy REGION [PROVIDER] [concurrency=N] [rpm=N] [tpm=N] [tps=N] [price=N] [fixed]
//	distance REGION KILOMETRES             from the source, which is "home"
//	order [profile=P] [policy=P] [allow=R,R] [deny=R,R] [drain=R,R] [account=A]
//	plan [tokens=N] [random=N] [prompt=N] [profile=P] [account=A]
//	begin REGION[/PROVIDER] NAME [tokens=N] [retry]
//	first NAME | progress NAME TOKENS
//	end NAME ok|throttled|failed|invalid|left [retry-after=D] [used=N]
//	load REGION running=N waiting=N cache=F
//	sleep DURATION
//	state REGION
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(src))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(src), got); diff != "" && !*rewrite {
				t.Errorf("(-want +got), -rewrite accepts it:\n%s", diff)
			}
		})
	}
}

// stage is what a script has set up.
type stage struct {
	t         *testing.T
	rules     []Rule
	regions   []arn.Region
	distances map[arn.Region]float64
	orders    []Order
	fleet     *Fleet
	now       time.Time
	leases    map[string]*Lease
}

func play(t *testing.T, src string) string {
	var out strings.Builder
	s := &stage{t: t, distances: map[arn.Region]float64{}, now: time.Unix(1_800_000_000, 0), leases: map[string]*Lease{}}
	for line := range strings.Lines(src) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, ">") {
			continue
		}
		fmt.Fprintln(&out, line)
		if line == "" || line[0] == '#' {
			if line == "" { // a paragraph is a script of its own
				*s = stage{t: t, distances: map[arn.Region]float64{}, now: s.now, leases: map[string]*Lease{}}
			}
			continue
		}
		for _, said := range s.do(strings.Fields(line)) {
			fmt.Fprintln(&out, ">", said)
		}
	}
	return out.String()
}

// options are the words of a command with and without a value.
type options map[string]string

func (o options) number(key string) int64 {
	n, _ := strconv.ParseInt(o[key], 10, 64)
	return n
}

func (o options) regions(key string) (out []arn.Region) {
	if o[key] == "" {
		return nil
	}
	for r := range strings.SplitSeq(o[key], ",") {
		out = append(out, arn.Region(r))
	}
	return out
}

func optionsOf(words []string) options {
	o := options{}
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		o[k] = v
	}
	return o
}

func (s *stage) do(words []string) []string {
	o := optionsOf(words[1:])
	switch words[0] {
	case "deploy":
		s.deploy(words, o)
	case "distance":
		s.distances[arn.Region(words[1])], _ = strconv.ParseFloat(words[2], 64)
	case "order":
		s.order(o)
	case "sleep":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.now = s.now.Add(d)
	case "plan":
		return s.plan(o)
	case "begin":
		return s.begin(words, o)
	case "first":
		s.leases[words[1]].FirstContent(s.now)
	case "progress":
		n, _ := strconv.ParseInt(words[2], 10, 64)
		s.leases[words[1]].Progress(s.now, n)
	case "end":
		s.end(words, o)
	case "load":
		cache, _ := strconv.ParseFloat(o["cache"], 64)
		s.state(words[1]).Observe(s.now, Load{Running: int(o.number("running")), Waiting: int(o.number("waiting")), Cache: cache})
	case "state":
		return []string{s.figures(words[1])}
	default:
		s.t.Fatalf("no command is named %q", words[0])
	}
	return nil
}

func (s *stage) deploy(words []string, o options) {
	r := Rule{Model: "m", Regions: []arn.Region{arn.Region(words[1])}, Provider: "p"}
	if len(words) > 2 && !strings.Contains(words[2], "=") && words[2] != "fixed" {
		r.Provider = words[2]
	}
	_, fixed := o["fixed"]
	price, _ := strconv.ParseFloat(o["price"], 64)
	r.Capacity = Capacity{
		Concurrency: int(o.number("concurrency")), RequestsPerMinute: o.number("rpm"), TokensPerMinute: o.number("tpm"),
		TokensPerSecond: o.number("tps"), Price: price, Fixed: fixed,
	}
	s.rules = append(s.rules, r)
	if !slices.Contains(s.regions, r.Regions[0]) {
		s.regions = append(s.regions, r.Regions[0])
	}
}

func (s *stage) order(o options) {
	order := Order{Profile: o["profile"], Account: arn.Account(o["account"]), Allow: o.regions("allow"), Deny: o.regions("deny"), Drain: o.regions("drain")}
	if name, given := o["policy"]; given {
		p, ok := ParsePolicy(name)
		if !ok {
			s.t.Fatalf("no policy is named %q", name)
		}
		order.Policy = &p
	}
	s.orders = append(s.orders, order)
}

// build makes the fleet once the script has said what it is.
func (s *stage) build() *Fleet {
	if s.fleet == nil {
		regions := append([]arn.Region{"home"}, s.regions...)
		s.fleet = NewFleet(NewTable(s.rules, []Offer{{Model: "m"}}), NewOrders(s.orders), Tuning{}, Facts{
			Regions: regions, Distance: func(a, b arn.Region) float64 { return math.Abs(s.distances[a] - s.distances[b]) },
		}, nil)
	}
	return s.fleet
}

func (s *stage) look(o options) (*Query, *Plan) {
	f := s.build()
	destinations := slices.Clone(s.regions)
	if extra := o.regions("to"); extra != nil {
		destinations = extra
	}
	q := &Query{
		Model: "m", Source: "home", Destinations: destinations, Tokens: o.number("tokens"),
		Random: uint64(o.number("random")), Prompt: uint64(o.number("prompt")) * mix,
		Settings: f.Orders().For(o["profile"], "", "m", arn.Account(o["account"])),
	}
	p := &Plan{}
	f.Plan(s.now, q, p)
	return q, p
}

func (s *stage) plan(o options) []string {
	_, p := s.look(o)
	words := []string{string(p.Why) + ":"}
	for i := range p.Order {
		c := p.Get(i)
		word := name(c.Deployment)
		if c.Room != Free {
			word += "(" + c.Room.String() + ")"
		}
		words = append(words, word)
	}
	for i := range p.Candidates {
		if c := &p.Candidates[i]; c.Room > Crowded {
			words = append(words, string(c.Region)+"="+c.Room.String())
		}
	}
	out := []string{strings.Join(words, " ")}
	if _, scores := o["scores"]; scores {
		for i := range p.Order {
			c := p.Get(i)
			out = append(out, fmt.Sprintf("%s %.3f: headroom %.2f health %.2f nearness %.2f price %.2f affinity %.2f order %.2f spread %.2f", name(c.Deployment),
				c.Score.Total, c.Score.Headroom, c.Score.Health, c.Score.Nearness, c.Score.Price, c.Score.Affinity, c.Score.Order, c.Score.Spread))
		}
	}
	if at, known := p.Soonest(); known && len(p.Order) == 0 {
		out = append(out, "room in "+at.Sub(s.now).String())
	}
	return out
}

func name(d *Deployment) string {
	if d.Provider == "p" {
		return string(d.Region)
	}
	return string(d.Region) + "/" + d.Provider
}

func (s *stage) find(place string) *Deployment {
	for _, d := range s.build().Table().All() {
		if name(d) == place {
			return d
		}
	}
	s.t.Fatalf("nothing is deployed at %s", place)
	return nil
}

func (s *stage) state(place string) *State { d := s.find(place); return s.fleet.State(d) }

func (s *stage) begin(words []string, o options) []string {
	_, retry := o["retry"]
	l, room := s.state(words[1]).Begin(s.now, Attempt{Tokens: o.number("tokens"), Retry: retry, Most: Crowded})
	if room > Crowded {
		return []string{room.String()}
	}
	if l.state.id == 0 {
		s.t.Error("a lease of no state")
	}
	s.leases[words[2]] = &l
	if prompt := uint64(o.number("prompt")); prompt != 0 {
		s.fleet.memory.remember(s.now, prompt*mix, l.state.id)
	}
	return nil
}

func (s *stage) end(words []string, o options) {
	l := s.leases[words[1]]
	if l == nil {
		s.t.Fatalf("%v: no such attempt has begun", words)
	}
	var f *fault.Error
	switch words[2] {
	case "throttled":
		f = fault.New(fault.Throttling, "enough")
	case "failed":
		f = fault.New(fault.ServiceUnavailable, "down")
	case "invalid":
		f = fault.New(fault.Validation, "bad")
	case "left":
		f = fault.New(fault.ClientGone, "gone")
	}
	if after, given := o["retry-after"]; given {
		d, err := time.ParseDuration(after)
		if err != nil {
			s.t.Fatal(err)
		}
		f.RetryAfter = d
	}
	l.End(s.now, f, o.number("used"), 0)
	delete(s.leases, words[1])
}

func (s *stage) figures(place string) string {
	f := s.state(place).Figures(s.now)
	out := fmt.Sprintf("%s breaker=%s running=%d headroom=%.2f health=%.2f warm=%.2f", f.Room, f.Breaker, f.Running, f.Headroom, f.Health, f.Warm)
	if f.Limit > 0 {
		out += fmt.Sprintf(" limit=%.1f", f.Limit)
	}
	if f.Strained {
		out += " strained"
	}
	if f.Until.After(s.now) {
		out += " until=" + f.Until.Sub(s.now).String()
	}
	return out
}
