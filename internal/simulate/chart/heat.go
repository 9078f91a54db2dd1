package chart

import "time"

// Heat shows shares over time, one row a name.
type Heat struct {
	Title, Values string
	Length        time.Duration
	Rows          []string
	Shares        [][]float64 // of each row, at even steps over Length, 0 to 1; NaN: none
	Spans         []Span      // marked in the row of their name
}

const heatRow = 17.0

func (h *Heat) height() float64 {
	return bandHeight + 28 + heatRow*float64(len(h.Rows)) + timeAxisHeight
}

func (h *Heat) draw(d *Drawing, f frame) {
	h.key(d, f)
	f = f.heading(d, h.Title, h.Values)
	f.bottom = f.top + heatRow*float64(len(h.Rows))
	f.left += namesWidth(h.Rows, f)
	t := f.timeAxis(d, h.Length)
	for i, name := range h.Rows {
		top := f.top + heatRow*float64(i)
		d.text(point{f.left - 6, top + heatRow - 5}, style{ink: Text, size: labelSize, anchor: end}, name)
		h.row(d, t, h.Shares[i], top)
		for _, s := range h.Spans {
			if s.Name == name {
				y := top + heatRow - 1.5
				d.line(Series(1), 2, 0, point{t.moment(s.From), y}, point{t.moment(min(s.To, h.Length)), y})
			}
		}
	}
}

// row draws equal shades side by side as one box.
func (h *Heat) row(d *Drawing, t timeScale, shares []float64, top float64) {
	step := float64(h.Length) / float64(max(len(shares), 1))
	for i := 0; i < len(shares); {
		next := i + 1
		if v := shares[i]; v == v {
			for next < len(shares) && Shade(shares[next]) == Shade(v) && shares[next] == shares[next] {
				next++
			}
			from, to := t.moment(time.Duration(float64(i)*step)), t.moment(time.Duration(float64(next)*step))
			d.box(Shade(v), point{from, top + 1}, point{to, top + heatRow - 3})
		}
		i = next
	}
}

// key says which shade is which share.
func (h *Heat) key(d *Drawing, f frame) {
	const width = 6.0
	right := f.right - 30
	left := right - width*shades
	y := f.top + 4
	d.text(point{left - 5, y + 9}, style{ink: Faint, size: labelSize - 1, anchor: end}, "0")
	for i := range shades {
		x := left + width*float64(i)
		d.box(Shade(float64(i)/(shades-1)), point{x, y}, point{x + width, y + 10})
	}
	d.text(point{right + 5, y + 9}, style{ink: Faint, size: labelSize - 1}, "100 %")
}

// namesWidth is what the names of rows need left of a plot.
func namesWidth(names []string, f frame) float64 {
	widest := 0.0
	for _, n := range names {
		widest = max(widest, textWidth(n, labelSize))
	}
	return min(widest+12, (f.right-f.left)/2)
}
