package upstream

import "sync"

// Bodies keeps the memory of request bodies for the next ones. The zero value is ready. All methods may be called at once
// from many goroutines.
type Bodies struct{ pool sync.Pool }

// mostKept is the largest body whose memory is kept.
const mostKept = 1 << 20

// Take returns a body to write, of which only the memory is of use. It goes back with Keep once it has been sent.
func (b *Bodies) Take() *[]byte {
	if body, ok := b.pool.Get().(*[]byte); ok {
		return body
	}
	return new([]byte)
}

// Keep takes a body back.
func (b *Bodies) Keep(body *[]byte) {
	if cap(*body) <= mostKept {
		b.pool.Put(body)
	}
}
