package route

import (
	"math"
	"sync/atomic"
	"time"
)

// board is the View of a State as it was last worked out, for readers who shall not wait for each other or for writers.
// Its words are written one by one: a reader may see some of before and some of after a change, and a decision made of
// that is still checked when its room is taken.
type board struct {
	until    atomic.Int64  // nanoseconds of Unix time up to which it holds, if nothing happens
	counts   atomic.Uint64 // running, waiting: 32 bits each
	flags    atomic.Uint64 // room, breaker, strained: 8 bits each
	better   atomic.Int64  // View.Until, 0: unknown
	tokens   atomic.Int64  // that may begin now
	headroom atomic.Uint64
	health   atomic.Uint64
	warm     atomic.Uint64
	first    atomic.Int64
}

// publish puts what holds now on the board. The lock is held.
func (s *State) publish(now time.Time) {
	v := s.view(now, 0)
	b := &s.board
	b.counts.Store(uint64(v.Running)<<32 | uint64(v.Waiting))
	flags := uint64(v.Room) | uint64(v.Breaker)<<8
	if v.Strained {
		flags |= 1 << 16
	}
	b.flags.Store(flags)
	b.better.Store(0)
	if !v.Until.IsZero() {
		b.better.Store(v.Until.UnixNano())
	}
	b.tokens.Store(math.MaxInt64)
	if s.tokens != nil {
		b.tokens.Store(s.tokens.limit - s.tokens.sum)
	}
	b.headroom.Store(math.Float64bits(v.Headroom))
	b.health.Store(math.Float64bits(v.Health))
	b.warm.Store(math.Float64bits(v.Warm))
	b.first.Store(int64(v.FirstContent))
	b.until.Store(now.Add(s.steady(now, &v)).UnixNano())
}

const waitingMask = 1<<32 - 1

// How long a board holds by itself: what fades changes little within fading, and nothing is asked for so seldom that it
// needs to be right for longer than still.
const (
	fading = 250 * time.Millisecond
	still  = time.Minute
)

// steady is for how long a view holds unless something happens.
func (s *State) steady(now time.Time, v *View) time.Duration {
	d := still
	if s.health.failing > 0.001 || s.health.first > promptEnough || v.Warm < 1 || s.capacity.TokensPerSecond > 0 {
		d = fading
	}
	if s.requests != nil || s.tokens != nil {
		d = min(d, now.Truncate(time.Second).Add(time.Second).Sub(now))
	}
	if !s.loadAt.IsZero() && s.fresh(now) {
		d = min(d, s.loadAt.Add(loadLife).Sub(now)+1)
	}
	if v.Until.After(now) {
		d = min(d, v.Until.Sub(now))
	}
	return d
}

// read copies the View on the board, unless it holds no more or says too little about so many tokens.
func (b *board) read(now time.Time, tokens int64, v *View) bool {
	if now.UnixNano() >= b.until.Load() {
		return false
	}
	counts, flags, better := b.counts.Load(), b.flags.Load(), b.better.Load()
	*v = View{
		Room: Room(flags & 0xff), Breaker: Breaker(flags >> 8 & 0xff), Strained: flags>>16 != 0,
		Running: int(counts >> 32), Waiting: int(counts & waitingMask),
		Headroom: math.Float64frombits(b.headroom.Load()), Health: math.Float64frombits(b.health.Load()),
		Warm: math.Float64frombits(b.warm.Load()), FirstContent: time.Duration(b.first.Load()),
	}
	if better != 0 {
		v.Until = time.Unix(0, better)
	}
	return v.Room > Crowded || tokens <= b.tokens.Load()
}
