package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// progress is a bar on a terminal. Where there is none it is silent. It is safe for concurrent use.
type progress struct {
	out   io.Writer // nil: silent
	total int

	mu    sync.Mutex
	shown int // percent; -1: nothing yet
}

func newProgress(out io.Writer, total int) *progress {
	p := &progress{total: max(total, 1), shown: -1}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.out = out
		}
	}
	return p
}

const progressWidth = 40

// show draws the bar where it has moved.
func (p *progress) show(done int) {
	if p.out == nil {
		return
	}
	percent := 100 * done / p.total
	p.mu.Lock()
	defer p.mu.Unlock()
	if percent <= p.shown {
		return
	}
	p.shown = percent
	full := progressWidth * percent / 100
	fmt.Fprintf(p.out, "\r%s%s %3d %%", strings.Repeat("█", full), strings.Repeat("░", progressWidth-full), percent)
}

// end removes the bar.
func (p *progress) end() {
	if p.out != nil && p.shown >= 0 {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", progressWidth+6))
	}
}
