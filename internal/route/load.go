package route

import "time"

// Load is what an upstream says of itself. A figure it does not tell is 0.
type Load struct {
	Running int     // calls it works on, whoever sent them
	Waiting int     // calls it has not begun
	Slots   int     // calls it can work on at once
	Cache   float64 // the taken share of its cache of keys and values, 0 to 1
}

// loadLife is how long the figures of an upstream count.
const loadLife = 15 * time.Second

// fullCache is the share from which an upstream puts calls off, or begins again with some it runs.
const fullCache = 0.95

func (l *Load) crowded() bool { return l.Waiting > 0 || l.Cache >= fullCache }

// fresh reports whether there are figures that still count.
func (s *State) fresh(now time.Time) bool { return !s.loadAt.IsZero() && now.Sub(s.loadAt) <= loadLife }

// Observe takes in what the upstream says of itself. Calls of others keep counting until the next news; our own are
// counted as they begin and end, so that late news sends nobody to a place that has filled up since.
func (s *State) Observe(now time.Time, l Load) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.load, s.loadAt = l, now
	s.beside = max(l.Running+l.Waiting-s.running, 0)
	s.publish(now)
}
