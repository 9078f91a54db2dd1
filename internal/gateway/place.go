package gateway

import (
	"sync/atomic"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
)

// place is a deployment as the gateway sees it: who serves it, and how much of it is taken.
type place struct {
	provider provider.Provider
	speaker  provider.Speaker // the same provider, when it passes bodies on
	limit    int64            // calls at once; 0: no bound
	taken    atomic.Int64
}

// enter takes one slot if there is one.
func (p *place) enter() bool {
	if n := p.taken.Add(1); p.limit > 0 && n > p.limit {
		p.taken.Add(-1)
		return false
	}
	return true
}

func (p *place) leave() { p.taken.Add(-1) }

func (p *place) speaks(d chat.Dialect, model string) bool {
	return p.speaker != nil && p.speaker.Speaks(d, model)
}
