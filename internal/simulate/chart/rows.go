package chart

// Ranges shows several values of each row on one logarithmic axis, joined by a line: quantiles, mostly.
type Ranges struct {
	Title, Values string
	Rows          []string
	Marks         []string    // the names of the values
	Points        [][]float64 // of each row, one value a mark; all above 0, or NaN
	Format        func(float64) string
}

const (
	rowHeight  = 30.0
	axisHeight = 22.0
)

func (r *Ranges) height() float64 {
	return bandHeight + 28 + rowHeight*float64(len(r.Rows)) + axisHeight
}

func (r *Ranges) draw(d *Drawing, f frame) {
	f = f.heading(d, r.Title, r.Values)
	f.bottom = f.top + rowHeight*float64(len(r.Rows))
	f.left += namesWidth(r.Rows, f)
	x := r.scale(f)
	for _, v := range x.ticks(5) {
		d.line(Grid, 1, 0, point{x.at(v), f.top}, point{x.at(v), f.bottom})
		d.text(point{x.at(v), f.bottom + 15}, style{ink: Faint, size: labelSize, anchor: middle}, r.Format(v))
	}
	for i, name := range r.Rows {
		y := f.top + rowHeight*(float64(i)+0.62)
		d.text(point{f.left - 6, y + 4}, style{ink: Text, size: labelSize, anchor: end}, name)
		r.row(d, x, i, y)
	}
}

func (r *Ranges) scale(f frame) scale {
	least, most := 0.0, 0.0
	for _, row := range r.Points {
		for _, v := range row {
			if v > 0 && (least == 0 || v < least) {
				least = v
			}
			if v > most {
				most = v
			}
		}
	}
	return around(least, most, f.left+14, f.right-14)
}

// row writes the marks' names above their points, unless the one before is too near.
func (r *Ranges) row(d *Drawing, x scale, i int, y float64) {
	values := r.Points[i]
	var line []point
	for _, v := range values {
		if v == v {
			line = append(line, point{x.at(v), y})
		}
	}
	if len(line) == 0 {
		return
	}
	d.line(Series(i), 2, 0, line...)
	free := 0.0
	for m, v := range values {
		if v != v {
			continue
		}
		at := x.at(v)
		d.dot(Series(i), point{at, y}, 6+float64(m)*1.5)
		text := r.Marks[m] + " " + r.Format(v)
		if half := textWidth(text, labelSize-1) / 2; at-half > free {
			d.text(point{at, y - 8}, style{ink: Faint, size: labelSize - 1, anchor: middle}, text)
			free = at + half + 4
		}
	}
}

// Bars shows one value of each row.
type Bars struct {
	Title, Values string
	Rows          []string
	Lengths       []float64
	Labels        []string // behind each bar
}

func (b *Bars) height() float64 { return bandHeight + 28 + 24*float64(len(b.Rows)) }

func (b *Bars) draw(d *Drawing, f frame) {
	f = f.heading(d, b.Title, b.Values)
	f.left += namesWidth(b.Rows, f)
	most, widest := 0.0, 0.0
	for i, v := range b.Lengths {
		most, widest = max(most, v), max(widest, textWidth(b.Labels[i], labelSize))
	}
	x := scale{low: 0, high: max(most, 1e-12), from: f.left, to: f.right - widest - 10}
	for i, name := range b.Rows {
		top := f.top + 24*float64(i)
		d.text(point{f.left - 6, top + 14}, style{ink: Text, size: labelSize, anchor: end}, name)
		d.box(Series(i), point{f.left, top + 3}, point{max(x.at(b.Lengths[i]), f.left+1), top + 17})
		d.text(point{x.at(b.Lengths[i]) + 6, top + 14}, style{ink: Text, size: labelSize}, b.Labels[i])
	}
}

// Parts shows what each row is made of, as shares of the whole.
type Parts struct {
	Title, Values string
	Rows          []string
	Names         []string    // of the parts
	Inks          []Ink       // of the parts
	Shares        [][]float64 // of each row, one a part, adding up to 1
}

func (p *Parts) height() float64 {
	return bandHeight + 28 + 24*float64(len(p.Rows)) + 8 + 16*float64((len(p.Names)+partsALine-1)/partsALine)
}

// partsALine is how many names of parts stand side by side.
const partsALine = 3

func (p *Parts) draw(d *Drawing, f frame) {
	f = f.heading(d, p.Title, p.Values)
	whole := f
	f.left += namesWidth(p.Rows, f)
	for i, name := range p.Rows {
		top := f.top + 24*float64(i)
		d.text(point{f.left - 6, top + 14}, style{ink: Text, size: labelSize, anchor: end}, name)
		x := f.left
		for part, share := range p.Shares[i] {
			width := share * (f.right - f.left)
			if width <= 0 {
				continue
			}
			d.box(p.Inks[part], point{x, top + 2}, point{x + max(width-1, 0.5), top + 18})
			if text := Percent(share); width > textWidth(text, labelSize-1)+8 {
				d.text(point{x + width/2, top + 14}, style{ink: on(p.Inks[part]), size: labelSize - 1, anchor: middle}, text)
			}
			x += width
		}
	}
	top := f.top + 24*float64(len(p.Rows)) + 8
	column := (whole.right - whole.left) / partsALine
	for part, name := range p.Names {
		x, y := whole.left+column*float64(part%partsALine), top+16*float64(part/partsALine)
		d.box(p.Inks[part], point{x, y}, point{x + 10, y + 10})
		d.text(point{x + 15, y + 9}, style{ink: Text, size: labelSize}, name)
	}
}

// on is an ink that can be read on another: the paper's on those that are far from the paper.
func on(ink Ink) Ink {
	if ink < Shade(0.5) && ink >= Shade(0) {
		return Text
	}
	return Paper
}

// Steps are the inks of n parts that have an order, the first the furthest from the paper.
func Steps(n int) []Ink {
	inks := make([]Ink, n)
	for i := range inks {
		inks[i] = Shade(1 - 0.75*float64(i)/float64(max(n-1, 1)))
	}
	return inks
}
