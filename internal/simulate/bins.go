package simulate

import "time"

// bins cut the length of a trace into equal parts, for what is shown over time.
type bins struct {
	length time.Duration
	count  int
}

// mostBins is as fine as a plot can show.
const mostBins = 150

// binsOf cuts so that a part holds a few calls at least.
func binsOf(length time.Duration, calls int) bins {
	return bins{max(length, 1), min(max(calls/20, 1), mostBins)}
}

// of is the part a time is in. Times before and after the trace belong to its first and last part.
func (b bins) of(t time.Duration) int {
	return min(max(int(float64(t)/float64(b.length)*float64(b.count)), 0), b.count-1)
}

// gauge is the mean of a value in each part, weighed by how long it had it.
type gauge struct {
	bins bins
	area []float64 // value times nanoseconds
	at   time.Duration
	now  float64
	most float64
}

// set changes the value. Times do not go back.
func (g *gauge) set(at time.Duration, value float64) {
	if g.area == nil {
		g.area = make([]float64, g.bins.count)
	}
	g.spread(min(at, g.bins.length))
	g.now = value
	g.most = max(g.most, value)
}

// spread adds what the value came to since it was last changed.
func (g *gauge) spread(to time.Duration) {
	width := float64(g.bins.length) / float64(g.bins.count)
	for g.at < to {
		bin := g.bins.of(g.at)
		next := min(to, max(time.Duration(float64(bin+1)*width), g.at+1))
		g.area[bin] += g.now * float64(next-g.at)
		g.at = next
	}
}

// means are the means, up to the end of the trace.
func (g *gauge) means() []float64 {
	g.set(g.bins.length, g.now)
	out := make([]float64, len(g.area))
	for i, a := range g.area {
		out[i] = a / (float64(g.bins.length) / float64(g.bins.count))
	}
	return out
}

// mean is the mean over the whole trace.
func (g *gauge) mean() float64 {
	sum := 0.0
	for _, v := range g.means() {
		sum += v
	}
	return sum / float64(g.bins.count)
}
