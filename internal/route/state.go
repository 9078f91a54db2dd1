package route

import (
	"sync"
	"time"
)

// Room says whether a deployment may be asked, best first.
type Room uint8

// Free and Crowded deployments may be asked, Crowded ones when none is Free; the others may not.
const (
	Free    Room = iota
	Crowded      // the upstream has a queue, makes tokens as fast as it can, or refused as many calls as it runs now
	Full         // it runs what its capacity allows, or others wait for it
	Cooling      // the upstream said that it has enough
	Broken       // its breaker is open, or half open with a probe under way
	Spent        // too many calls that had failed elsewhere have failed here too
	Drained      // the operator sends nothing there
	Denied       // a rule of residency forbids it
	Absent       // there is no deployment
)

var roomWords = [...]string{
	Free: "free", Crowded: "crowded", Full: "saturated", Cooling: "cooling-down", Broken: "out-of-order", Spent: "retries-spent",
	Drained: "drained", Denied: "denied", Absent: "no-deployment",
}

// String is the word of a trail.
func (r Room) String() string { return roomWords[r] }

// State is what one deployment does and has shown. It outlives tables: see Fleet. It is safe for concurrent use, and
// knows no time but what it is told.
type State struct {
	id    uint32 // unlike any other's, never 0
	board board

	// mu guards all below. It is held for nanoseconds.
	mu       sync.Mutex
	capacity Capacity
	tuning   Tuning

	running  int
	waiting  int
	requests *window // nil: no bound
	tokens   *window

	health   health
	breaker  breaker
	throttle throttle
	strained bool
	eased    time.Time // when it ceased to be strained
	retries  float64   // how many more calls that failed elsewhere may fail here

	load   Load // the upstream's own figures
	loadAt time.Time
	beside int // calls that the upstream ran then, and that were not ours

	calls  rate
	output rate
	totals Totals
}

// Totals count what became of a deployment's calls since it is known.
type Totals struct {
	Began, Served, Failed, Throttled int64
	// SpilledIn came from another source region; SpilledOut were served elsewhere though this is their source region.
	SpilledIn, SpilledOut int64
}

// The budget of retries: each success earns a share of one, so that a deployment that fails gets few calls that have
// failed before.
const (
	retryShare = 0.2
	retryBurst = 10
)

func newState(id uint32, c Capacity, t Tuning) *State {
	s := &State{id: id, retries: retryBurst}
	s.resize(c, t)
	return s
}

// resize gives the deployment another capacity; what runs goes on.
func (s *State) resize(c Capacity, t Tuning) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.capacity, s.tuning = c, t
	s.requests = resized(s.requests, c.RequestsPerMinute)
	s.tokens = resized(s.tokens, c.TokensPerMinute)
	s.board.until.Store(0)
}

func resized(w *window, limit int64) *window {
	if limit <= 0 {
		return nil
	}
	if w == nil {
		w = &window{}
	}
	w.limit = limit
	return w
}

// View is a State at one moment, as decisions see it.
type View struct {
	Room    Room
	Breaker Breaker
	// Until is when Room may be better, if that is known.
	Until   time.Time
	Running int
	Waiting int
	// Headroom is the free share of the scarcest capacity, 0 to 1.
	Headroom float64
	// Health is 1 for a deployment that neither fails nor lets callers wait, 0 for one that does nothing else.
	Health float64
	// Warm is the share of its calls that a deployment gets after it has recovered, 1 for all.
	Warm float64
	// Strained deployments have been much less healthy than others: a source region is no longer first.
	Strained bool
	// FirstContent is the usual time to the first content; 0 when unknown.
	FirstContent time.Duration
}

// View shows the deployment as a call with so many tokens finds it.
func (s *State) View(now time.Time, tokens int64) (v View) {
	s.look(now, tokens, &v)
	return v
}

func (s *State) look(now time.Time, tokens int64, v *View) {
	if s.board.read(now, tokens, v) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publish(now)
	*v = s.view(now, tokens)
}

func (s *State) view(now time.Time, tokens int64) View {
	v := View{
		Running: s.running, Waiting: s.waiting, Strained: s.strained,
		Health: s.health.value(now), FirstContent: s.health.firstContent(now), Breaker: s.breaker.state(now),
	}
	if s.requests != nil {
		s.requests.advance(now)
	}
	if s.tokens != nil {
		s.tokens.advance(now)
	}
	v.Headroom, v.Warm = s.headroom(now), s.warm(now)
	v.Room, v.Until = s.room(now, tokens, v.Breaker, false)
	return v
}

// room says whether one more call may begin, and when that may be better. Those who waited come before all others.
func (s *State) room(now time.Time, tokens int64, b Breaker, waited bool) (Room, time.Time) {
	switch {
	case b == Open:
		return Broken, s.breaker.until
	case b == HalfOpen && s.breaker.probing:
		return Broken, time.Time{}
	case now.Before(s.throttle.until):
		return Cooling, s.throttle.until
	case s.capacity.Concurrency > 0 && s.running >= s.capacity.Concurrency:
		return Full, time.Time{}
	case s.requests != nil && !s.requests.fits(1):
		return Full, s.requests.opens(1)
	case s.tokens != nil && !s.tokens.fits(tokens):
		return Full, s.tokens.opens(tokens)
	case s.waiting > 0 && !waited:
		return Full, time.Time{}
	case s.crowded(now):
		return Crowded, time.Time{}
	}
	return Free, time.Time{}
}

func (s *State) crowded(now time.Time) bool {
	return s.throttle.limit > 0 && float64(s.running) >= s.throttle.limit ||
		s.capacity.TokensPerSecond > 0 && s.output.perSecond(now) >= float64(s.capacity.TokensPerSecond) ||
		s.fresh(now) && s.load.crowded()
}

// easy is how many calls at once make a deployment without any bound half as attractive.
const easy = 16

// headroom is the free share of whatever is scarcest.
func (s *State) headroom(now time.Time) float64 {
	used, h := float64(s.running), 1.0
	limit := s.capacity.Concurrency
	if s.fresh(now) {
		used += float64(s.beside)
		h = 1 - s.load.Cache
		if limit == 0 {
			limit = s.load.Slots
		}
	}
	if limit > 0 {
		h = min(h, 1-used/float64(limit))
	} else if used > 0 {
		h = min(h, easy/(easy+used))
	}
	if l := s.throttle.limit; l > 0 {
		h = min(h, 1-used/l)
	}
	if s.requests != nil {
		h = min(h, s.requests.left())
	}
	if s.tokens != nil {
		h = min(h, s.tokens.left())
	}
	if t := s.capacity.TokensPerSecond; t > 0 {
		h = min(h, 1-s.output.perSecond(now)/float64(t))
	}
	return max(h, 0)
}

// coldest is the share of its calls that a deployment gets at once when it has recovered.
const coldest = 0.1

// warm grows from coldest to 1 within the ramp after the deployment has recovered.
func (s *State) warm(now time.Time) float64 {
	since := s.breaker.closed
	if s.throttle.until.After(since) {
		since = s.throttle.until
	}
	if s.eased.After(since) {
		since = s.eased
	}
	if since.IsZero() {
		return 1
	}
	ramp := s.tuning.Ramp
	if pause := s.throttle.until.Sub(s.throttle.began); since.Equal(s.throttle.until) && pause < ramp {
		ramp = pause // a short pause needs no long ramp
	}
	passed := now.Sub(since)
	if passed >= ramp {
		return 1
	}
	return max(coldest, float64(passed)/float64(ramp))
}

// strain notes that the deployment is, or is no longer, much less healthy than others.
func (s *State) strain(now time.Time, strained bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.strained && !strained {
		s.eased = now
	}
	s.strained = strained
	s.health.avoid(now, strained)
	s.publish(now)
}

// spilledOut counts a call of this source region that another one served.
func (s *State) spilledOut() {
	s.mu.Lock()
	s.totals.SpilledOut++
	s.mu.Unlock()
}

// Figures are what an operator sees of a deployment.
type Figures struct {
	View
	TokensPerSecond float64 // of output, lately
	CallsPerSecond  float64 // begun, lately
	Limit           float64 // calls at once that the upstream seems to take; 0: unknown
	Failing         float64 // the share of failed attempts
	Load            Load    // the upstream's own figures
	LoadAt          time.Time
	Totals
}

// Figures shows the deployment as an operator sees it.
func (s *State) Figures(now time.Time) Figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Figures{
		View: s.view(now, 0), TokensPerSecond: s.output.perSecond(now), CallsPerSecond: s.calls.perSecond(now),
		Limit: s.throttle.limit, Failing: s.health.failingAt(now), Load: s.load, LoadAt: s.loadAt, Totals: s.totals,
	}
}
