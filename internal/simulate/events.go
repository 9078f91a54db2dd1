package simulate

import "time"

// kind is what an event is about.
type kind uint8

// event is something that will happen. It is a plain value: a queue of them allocates nothing per event.
type event struct {
	at     time.Duration
	number uint64 // of two at the same time the one that was added first comes first
	kind   kind
	job    int32
	serial uint32 // of the job's attempt that it is about
}

func (e *event) before(o *event) bool {
	return e.at < o.at || e.at == o.at && e.number < o.number
}

// events is a queue by time: a heap in which each has four below it, which is flatter than one of two and so touches
// less memory.
type events struct {
	heap  []event
	added uint64
}

func (q *events) add(e event) {
	q.added++
	e.number = q.added
	q.heap = append(q.heap, e)
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = e
}

// next is when the next event is due; it reports false when there is none.
func (q *events) next() (time.Duration, bool) {
	if len(q.heap) == 0 {
		return 0, false
	}
	return q.heap[0].at, true
}

// take removes the next event. There must be one.
func (q *events) take() event {
	first := q.heap[0]
	last := q.heap[len(q.heap)-1]
	q.heap = q.heap[:len(q.heap)-1]
	if n := len(q.heap); n > 0 {
		i := 0
		for {
			least := -1
			for c := 4*i + 1; c < min(4*i+5, n); c++ {
				if least < 0 || q.heap[c].before(&q.heap[least]) {
					least = c
				}
			}
			if least < 0 || !q.heap[least].before(&last) {
				break
			}
			q.heap[i] = q.heap[least]
			i = least
		}
		q.heap[i] = last
	}
	return first
}
