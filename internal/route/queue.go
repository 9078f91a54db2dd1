package route

import (
	"sync"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// Queue holds calls that wait for room, and says whose turn it is. Among those who wait for a place, the account comes
// first that has had the fewest turns, in it the principal, and of one principal the call that came first. It is safe for
// concurrent use, and starts nothing: who waits for what is for its user to see to.
type Queue struct {
	// mu guards all lines and all that waiters say of their place in them.
	mu    sync.Mutex
	lines map[string]*line // by model
	last  uint64
}

// line is everyone who waits for one model.
type line struct {
	waiters []*Waiter // as they came
	parties map[arn.Account]*party
	floor   int // turns of the account that had the last one
}

// party is an account, or a principal in one.
type party struct {
	waiting int
	turns   int
	within  map[string]*party
	floor   int
}

// Waiter is a call in a Queue.
type Waiter struct {
	Model     string
	Account   arn.Account
	Principal string
	// Turn is called when the call should look for a place again. It must not block, nor call the Queue.
	Turn func()

	states []*State
	number uint64
	turn   bool
	in     bool
}

// Join lets a call wait for the places of a plan that have no room now. It reports false when as many calls as may wait
// for the model do.
func (q *Queue) Join(now time.Time, w *Waiter, p *Plan, length int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.line(w.Model)
	if len(l.waiters) >= length {
		return false
	}
	q.last++
	w.number, w.turn, w.in = q.last, false, true
	w.states = w.states[:0]
	for i := range p.Candidates {
		if c := &p.Candidates[i]; c.Room < Drained {
			w.states = append(w.states, c.state)
			c.state.wait(1)
		}
	}
	l.waiters = append(l.waiters, w)
	l.enter(w)
	l.look(now, w) // somebody may have left since the plan
	return true
}

// Look gives turns to those who wait for the places that w waits for, where time alone has made room. It says when to look
// again, if anything is known of that.
func (q *Queue) Look(now time.Time, w *Waiter) (again time.Time, known bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !w.in {
		return again, false
	}
	q.lines[w.Model].look(now, w)
	for _, s := range w.states {
		var v View
		s.again(now, 0, &v)
		at := v.Until
		if v.Room <= Crowded {
			at = now.Add(lookAgain) // whoever has the turn may leave some of it
		}
		if !at.IsZero() && (!known || at.Before(again)) {
			again, known = at, true
		}
	}
	return again, known
}

func (q *Queue) line(model string) *line {
	if q.lines == nil {
		q.lines = map[string]*line{}
	}
	l := q.lines[model]
	if l == nil {
		l = &line{parties: map[arn.Account]*party{}}
		q.lines[model] = l
	}
	return l
}

// lookAgain is how long those who wait leave room to whoever has the turn.
const lookAgain = 20 * time.Millisecond

func (l *line) look(now time.Time, w *Waiter) {
	for _, s := range w.states {
		if s.roomy(now) {
			l.next(s)
		}
	}
}

// Leave ends a call's waiting: it is served, or has waited enough. The turn goes to the next.
func (q *Queue) Leave(now time.Time, w *Waiter, served bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !w.in {
		return
	}
	w.in = false
	l := q.lines[w.Model]
	if w.turn && !served {
		l.count(w, -1)
	}
	for i, other := range l.waiters {
		if other == w {
			l.waiters = append(l.waiters[:i], l.waiters[i+1:]...)
			break
		}
	}
	l.exit(w)
	for _, s := range w.states {
		s.wait(-1)
	}
	if w.turn { // it may have been given room at one place and have taken it at another
		l.look(now, w)
	}
	if len(l.waiters) == 0 {
		delete(q.lines, w.Model)
	}
}

// Missed tells that a call whose turn it was found no place, and goes on waiting.
func (q *Queue) Missed(w *Waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.in && w.turn {
		w.turn = false
		q.lines[w.Model].count(w, -1)
	}
}

// Freed gives the turn to the next who waits for a place where an attempt has ended.
func (q *Queue) Freed(now time.Time, d *Deployment, s *State) {
	if s.board.counts.Load()&waitingMask == 0 {
		return // nobody waits for it
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if l := q.lines[d.Model]; l != nil && s.roomy(now) {
		l.next(s)
	}
}

// Waiting is how many calls wait.
func (q *Queue) Waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, l := range q.lines {
		n += len(l.waiters)
	}
	return n
}

// next gives the turn to the best waiter for a place.
func (l *line) next(s *State) {
	var best *Waiter
	for _, w := range l.waiters {
		if !w.turn && w.wants(s) && (best == nil || l.before(w, best)) {
			best = w
		}
	}
	if best == nil {
		return
	}
	best.turn = true
	l.count(best, 1)
	best.Turn()
}

// count adds to the turns that a waiter's account and principal have had.
func (l *line) count(w *Waiter, n int) {
	account := l.parties[w.Account]
	principal := account.within[w.Principal]
	account.turns += n
	principal.turns += n
	l.floor, account.floor = account.turns, principal.turns
}

func (w *Waiter) wants(s *State) bool {
	for _, each := range w.states {
		if each == s {
			return true
		}
	}
	return false
}

// before reports whether a's turn comes before b's.
func (l *line) before(a, b *Waiter) bool {
	accountA, accountB := l.parties[a.Account], l.parties[b.Account]
	if accountA != accountB && accountA.turns != accountB.turns {
		return accountA.turns < accountB.turns
	}
	if turnsA, turnsB := accountA.within[a.Principal].turns, accountB.within[b.Principal].turns; accountA == accountB && turnsA != turnsB {
		return turnsA < turnsB
	}
	return a.number < b.number
}

// enter counts a waiter. Who was not waiting has no turns to catch up on.
func (l *line) enter(w *Waiter) {
	account := l.parties[w.Account]
	if account == nil {
		account = &party{turns: l.floor, within: map[string]*party{}}
		l.parties[w.Account] = account
	}
	principal := account.within[w.Principal]
	if principal == nil {
		principal = &party{turns: account.floor}
		account.within[w.Principal] = principal
	}
	account.waiting++
	principal.waiting++
}

func (l *line) exit(w *Waiter) {
	account := l.parties[w.Account]
	principal := account.within[w.Principal]
	account.waiting--
	principal.waiting--
	if principal.waiting == 0 {
		delete(account.within, w.Principal)
	}
	if account.waiting == 0 {
		delete(l.parties, w.Account)
	}
}

// wait counts who waits for the deployment: nobody else gets its room before them.
func (s *State) wait(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting += n
	s.board.until.Store(0)
	s.board.counts.Store(uint64(s.running)<<32 | uint64(s.waiting))
}

// roomy reports whether time has made room for somebody who waits. Into a crowded place they follow those who leave it: all
// at once they would be refused.
func (s *State) roomy(now time.Time) bool {
	var v View
	s.again(now, 0, &v)
	return v.Room == Free || v.Room == Crowded && v.Running == 0
}

// again looks at the deployment for a call that has waited for it.
func (s *State) again(now time.Time, tokens int64, v *View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publish(now)
	*v = s.view(now, tokens)
	v.Room, v.Until = s.room(now, tokens, v.Breaker, true)
}
