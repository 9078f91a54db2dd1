package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func raster(t *testing.T, d *Drawing) (image.Image, []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := d.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	text := bytes.Clone(b.Bytes())
	m, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return m, text
}

func TestPNG(t *testing.T) {
	d := sample().Draw()
	m, first := raster(t, d)
	if _, second := raster(t, sample().Draw()); !bytes.Equal(first, second) {
		t.Error("the same figure became other bytes")
	}
	if got, want := m.Bounds().Size(), (image.Point{int(math.Ceil(d.Width * density)), int(math.Ceil(d.Height * density))}); got != want {
		t.Errorf("%v pixels, want %v", got, want)
	}
	seen := map[color.RGBA]bool{}
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			seen[color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)] = true
		}
	}
	for _, want := range []color.RGBA{
		{0xff, 0xff, 0xff, 0xff}, // paper
		{0x00, 0x72, 0xb2, 0xff}, // the first series
		{0xd5, 0x5e, 0x00, 0xff}, // the second
		{0xf6, 0xe3, 0xd8, 0xff}, // a brown-out
		{0x1d, 0x23, 0x29, 0xff}, // headings
	} {
		if !seen[want] {
			t.Errorf("nothing has the colour %v", want)
		}
	}
}

// Each shape of a drawing lands where it says.
func TestShapesInPixels(t *testing.T) {
	blue, paper := color.RGBA{0x00, 0x72, 0xb2, 0xff}, color.RGBA{0xff, 0xff, 0xff, 0xff}
	for name, c := range map[string]struct {
		draw    func(*Drawing)
		in, out []image.Point
	}{
		"box": {
			func(d *Drawing) { d.box(Series(0), point{10, 10}, point{20, 30}) },
			[]image.Point{{20, 20}, {39, 59}},
			[]image.Point{{19, 20}, {20, 60}, {40, 40}},
		},
		"dot":  {func(d *Drawing) { d.dot(Series(0), point{20, 20}, 8) }, []image.Point{{40, 40}, {46, 40}}, []image.Point{{50, 40}, {46, 46}}},
		"line": {func(d *Drawing) { d.line(Series(0), 2, 0, point{5, 20}, point{45, 20}) }, []image.Point{{40, 39}, {11, 41}}, []image.Point{{40, 36}, {93, 40}}},
		"a line that turns back on itself": {
			func(d *Drawing) { d.line(Series(0), 2, 0, point{5, 20}, point{45, 20}, point{5, 20}) }, []image.Point{{40, 39}, {60, 41}}, []image.Point{{40, 36}},
		},
		"dashes": { // 7 of 10 pixels
			func(d *Drawing) { d.line(Series(0), 2, 1, point{0, 20}, point{25, 20}, point{50, 20}) },
			[]image.Point{{2, 40}, {22, 40}, {48, 40}, {52, 40}},
			[]image.Point{{17, 40}, {37, 40}, {57, 40}},
		},
		"beyond the paper": {func(d *Drawing) { d.box(Series(0), point{-10, -10}, point{5, 5}) }, []image.Point{{0, 0}, {9, 9}}, []image.Point{{10, 10}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := &Drawing{Width: 50, Height: 40}
			c.draw(d)
			m, _ := raster(t, d)
			for _, at := range c.in {
				if got := m.At(at.X, at.Y); color.RGBAModel.Convert(got) != blue {
					t.Errorf("%v is %v", at, got)
				}
			}
			for _, at := range c.out {
				if got := m.At(at.X, at.Y); color.RGBAModel.Convert(got) != paper {
					t.Errorf("%v is %v", at, got)
				}
			}
		})
	}
}

func TestTextsAreAnchored(t *testing.T) {
	for anchor, want := range map[anchor]func(left, right int) bool{
		start:  func(left, _ int) bool { return left >= 100 && left < 110 },
		middle: func(left, right int) bool { return left+right > 190 && left+right < 210 },
		end:    func(_, right int) bool { return right <= 100 && right > 90 },
	} {
		d := &Drawing{Width: 100, Height: 20}
		d.text(point{50, 15}, style{ink: Text, size: 10, anchor: anchor}, "region")
		m, _ := raster(t, d)
		left, right := 200, 0
		for y := range 40 {
			for x := range 200 {
				if r, _, _, _ := m.At(x, y).RGBA(); r < 0x8000 {
					left, right = min(left, x), max(right, x)
				}
			}
		}
		if !want(left, right) {
			t.Errorf("anchor %d: the text runs from %d to %d", anchor, left, right)
		}
	}
}

// Dashes and gaps together are as long as the line.
func TestDashesCoverTheirShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := []point{{0, 0}}
		whole := 0.0
		for _, step := range rapid.SliceOfN(rapid.Float64Range(0.1, 60), 1, 20).Draw(t, "steps") {
			last := line[len(line)-1]
			line = append(line, point{last.x + step, 0})
			whole += step
		}
		series := rapid.IntRange(0, seriesInks-1).Draw(t, "series")
		lengths, drawn, round := dashLengths[series], 0.0, 0.0
		for _, dash := range dashed(line, lengths) {
			drawn += dash[len(dash)-1].x - dash[0].x
		}
		share := 1.0
		if len(lengths) > 0 {
			on := 0.0
			for i, n := range lengths {
				round += n * density
				if i%2 == 0 {
					on += n * density
				}
			}
			share = on / round
		}
		if math.Abs(drawn-share*whole) > round+1e-6 {
			t.Fatalf("%.2f of %.2f is drawn, want the share %.2f", drawn, whole, share)
		}
	})
}
