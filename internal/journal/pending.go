package journal

// pending are the records written since the last sync, as they would have to be written again. Its
// positions count every byte there ever was, so that two syncs under way at once can each say how
// far theirs has come, in whichever order they end.
type pending struct {
	buf   []byte
	start int64 // the position of buf's first byte
}

func (p *pending) empty() bool { return len(p.buf) == 0 }

// end is the position behind the last record.
func (p *pending) end() int64 { return p.start + int64(len(p.buf)) }

func (p *pending) add(records []byte) { p.buf = append(p.buf, records...) }

// syncedTo drops what a sync has brought to the disk: everything before a position that end has
// returned.
func (p *pending) syncedTo(end int64) {
	n := end - p.start
	if n <= 0 {
		return // a later sync was quicker
	}
	p.buf = append(p.buf[:0], p.buf[n:]...)
	p.start = end
}

// take empties p and returns what it held.
func (p *pending) take() []byte {
	held := p.buf
	p.start, p.buf = p.end(), nil
	return held
}
