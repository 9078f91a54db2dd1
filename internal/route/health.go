package route

import "time"

// health is what the calls of a deployment have shown lately. It is forgotten by half every healthLife, so that a
// deployment that is not asked any more gets another chance.
type health struct {
	failing float64 // the share of failed attempts, the newest counting most
	seen    int     // attempts since the breaker was last closed
	at      time.Time

	first   time.Duration // the usual time to the first content, the newest counting most; 0: unknown
	firstAt time.Time
	avoided bool // it is strained, so that only forgetting brings it calls again
}

const (
	healthLife   = 30 * time.Second
	healthWeight = 0.1             // of one attempt
	promptEnough = 2 * time.Second // a first content within this time is as good as any
	// slowLife is how long a slow pace is remembered of a deployment that nobody avoids: where a model is slow everywhere,
	// calls must not go and see again and again whether another place has become faster.
	slowLife = 10 * time.Minute
	// perSecond is how many tokens a second an answer is taken to come at, whose first content nobody saw.
	perSecond = 50
)

func (h *health) note(now time.Time, failed bool) {
	h.failing = h.failingAt(now) * (1 - healthWeight)
	if failed {
		h.failing += healthWeight
	}
	h.seen++
	h.at = now
}

func (h *health) noteFirst(now time.Time, took time.Duration) {
	if was := h.firstContent(now); was > 0 {
		took = was + time.Duration(2*healthWeight*float64(took-was))
	}
	h.first, h.firstAt = max(took, 1), now
}

// noteWhole takes in an answer that came at once: its time, without what its length explains.
func (h *health) noteWhole(now time.Time, took time.Duration, output int64) {
	h.noteFirst(now, time.Duration(float64(took)/(1+float64(output)/perSecond)))
}

func (h *health) failingAt(now time.Time) float64 {
	if h.failing == 0 {
		return 0
	}
	return h.failing * faded(now.Sub(h.at), healthLife)
}

// firstContent is the usual time to the first content. What is slower than promptEnough fades towards it while there
// is no news.
func (h *health) firstContent(now time.Time) time.Duration {
	if h.first <= promptEnough {
		return h.first
	}
	life := slowLife
	if h.avoided {
		life = healthLife
	}
	return promptEnough + time.Duration(float64(h.first-promptEnough)*faded(now.Sub(h.firstAt), life))
}

// avoid changes how quickly a slow pace is forgotten; what is forgotten by now stays so.
func (h *health) avoid(now time.Time, avoided bool) {
	h.first, h.firstAt = h.firstContent(now), now
	h.avoided = avoided
}

// value is 1 for a deployment that neither fails nor lets callers wait, and 0 for one that does nothing else.
func (h *health) value(now time.Time) float64 {
	v := 1 - h.failingAt(now)
	if first := h.firstContent(now); first > promptEnough {
		v *= float64(promptEnough) / float64(first)
	}
	return v
}
