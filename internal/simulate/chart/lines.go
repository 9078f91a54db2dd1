package chart

import "time"

// Span is a stretch of time with a name.
type Span struct {
	Name     string
	From, To time.Duration
}

// Lines shows how values went over time, one line a series.
type Lines struct {
	Title, Values string // what it shows, and what its values are, with their unit
	Length        time.Duration
	Series        [][]float64 // values at even steps over Length; NaN: none
	Steps         bool        // a value holds for its whole step
	Spans         []Span      // shaded
	Log           bool        // of values from 0 up: only what is above 0 shows
	Plain         bool        // one line that is of no series
}

func (l *Lines) height() float64 { return 220 }

func (l *Lines) draw(d *Drawing, f frame) {
	f = f.heading(d, l.Title, l.Values)
	f.bottom -= timeAxisHeight
	f.left += 40
	y := l.scale(f)
	t := timeFrom0(l.Length, f.left, f.right)
	for _, s := range l.Spans {
		from, to := t.moment(s.From), t.moment(min(s.To, l.Length))
		if to > from {
			d.box(Alarm, point{from, f.top}, point{to, f.bottom})
			at, label := point{from + 4, f.top + 12}, style{ink: Faint, size: labelSize - 1}
			if at.x+textWidth(s.Name, label.size) > f.right {
				at.x, label.anchor = f.right-2, end
			}
			d.text(at, label, s.Name)
		}
	}
	for _, v := range y.ticks(4) {
		d.line(Grid, 1, 0, point{f.left, y.at(v)}, point{f.right, y.at(v)})
		d.text(point{f.left - 6, y.at(v) + 4}, style{ink: Faint, size: labelSize, anchor: end}, Number(v))
	}
	f.timeAxis(d, l.Length)
	for i, values := range l.Series {
		ink, dash := Series(i), i
		if l.Plain {
			ink, dash = Text, 0
		}
		for _, run := range l.runs(values, t, y) {
			d.line(ink, 1.8, dash, run...)
		}
	}
}

// scale has room for every value.
func (l *Lines) scale(f frame) scale {
	least, most := 0.0, 0.0
	for _, values := range l.Series {
		for _, v := range values {
			if v > 0 {
				if least == 0 || v < least {
					least = v
				}
				most = max(most, v)
			}
		}
	}
	if l.Log {
		return around(least, most, f.bottom, f.top)
	}
	return upTo(most, f.bottom, f.top)
}

// runs are the values without gaps between them, as points.
func (l *Lines) runs(values []float64, t timeScale, y scale) [][]point {
	var out [][]point
	var run []point
	step := float64(l.Length) / float64(max(len(values), 1))
	for i, v := range values {
		if v != v || l.Log && v <= 0 {
			out, run = append(out, run), nil
			continue
		}
		from, to := t.moment(time.Duration(float64(i)*step)), t.moment(time.Duration(float64(i+1)*step))
		switch {
		case l.Steps:
			run = append(run, point{from, y.at(v)}, point{to, y.at(v)})
		default:
			run = append(run, point{(from + to) / 2, y.at(v)})
		}
	}
	out = append(out, run)
	kept := out[:0]
	for _, run := range out {
		if len(run) == 1 { // a line of one point cannot be seen
			run = []point{{run[0].x - 1, run[0].y}, {run[0].x + 1, run[0].y}}
		}
		if len(run) > 0 {
			kept = append(kept, run)
		}
	}
	return kept
}
