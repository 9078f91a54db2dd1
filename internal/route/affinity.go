package route

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
	"time"
)

// Prefix hashes the beginning of a prompt, piece by piece. Calls with one prefix may find it in the cache of the place
// that answered the last of them. The zero Prefix is ready to use; it hashes the same on every machine.
type Prefix struct{ sum, taken uint64 }

// prefixBytes is how much of a prompt tells it from others.
const prefixBytes = 4 << 10

const mix = 0x9e3779b97f4a7c15

// Add takes in the next piece. What stands behind the first prefixBytes of all does not count.
func (p *Prefix) Add(text string) { *p = with(*p, text) }

// AddBytes is Add.
func (p *Prefix) AddBytes(text []byte) { *p = with(*p, text) }

func with[T string | []byte](p Prefix, text T) Prefix {
	text = text[:min(len(text), max(prefixBytes-int(p.taken), 0))]
	p.taken += uint64(len(text))
	h := p.sum ^ uint64(len(text))*mix
	for len(text) > 0 {
		var word [8]byte
		text = text[copy(word[:], text):]
		high, low := bits.Mul64(h^binary.LittleEndian.Uint64(word[:]), mix)
		h = high ^ low
	}
	p.sum = h
	return p
}

// leastPrefix is what a prompt has at least that is worth a cache; Bedrock's take no less than about 1000 tokens.
const leastPrefix = 1 << 10

// Sum is the hash, or 0 when there is too little of the prompt for a cache.
func (p *Prefix) Sum() uint64 {
	if p.taken < leastPrefix {
		return 0
	}
	return scatter(p.sum) | 1
}

// scatter spreads what differs in few bits over all.
func scatter(h uint64) uint64 {
	h = (h ^ h>>32) * mix
	h = (h ^ h>>29) * 0xbf58476d1ce4e5b9
	return h ^ h>>32
}

// memory knows where prompts were last answered. It has a fixed size: a place that is needed again is taken over.
type memory struct{ slots [memorySlots]atomic.Uint64 }

const memorySlots = 1 << 13

// A slot holds, from the top: 20 bits of the prompt's hash, 24 of the state's id, 20 of the time in seconds.
const (
	tagShift, idShift  = 44, 20
	idMask, secondMask = 1<<24 - 1, 1<<20 - 1
)

// remember notes that the state with the id has answered the prompt.
func (m *memory) remember(now time.Time, prompt uint64, id uint32) {
	m.slots[prompt%memorySlots].Store(prompt>>tagShift<<tagShift | uint64(id)&idMask<<idShift | uint64(now.Unix())&secondMask)
}

// find is the id of the state that last answered the prompt, 0 when that is unknown or too long ago.
func (m *memory) find(now time.Time, prompt uint64, most time.Duration) uint32 {
	slot := m.slots[prompt%memorySlots].Load()
	age := (uint64(now.Unix()) - slot) & secondMask
	if slot == 0 || slot>>tagShift != prompt>>tagShift || time.Duration(age)*time.Second > most {
		return 0
	}
	return uint32(slot >> idShift & idMask)
}
