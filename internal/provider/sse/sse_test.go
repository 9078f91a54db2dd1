package sse

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func readAll(r io.Reader) (events []string, err error) {
	for s := NewReader(r); ; {
		e, err := s.Next()
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, e.Name+"|"+string(e.Data))
	}
}

func TestEvents(t *testing.T) {
	long := strings.Repeat("x", 3*firstRoom)
	for stream, want := range map[string][]string{
		"": nil, "\n\n": nil, ": comment\n\n": nil, "event: a\n\n": nil, "id: 7\nretry: 1\n\n": nil,
		"event: a\ndata: b\n\n":                          {"a|b"},
		"event: ping\r\ndata:b\r\n\r\ndata:  c\n\n":      {"ping|b", "| c"},
		"data: a\ndata\ndata: b\n\ndata: c\ndata: d\n\n": {"|a\n\nb", "|c\nd"},
		"data: a\ndata: b\n\ndata:\ndata: c\n\n":         {"|a\nb", "|\nc"},
		"data: a":                                        {"|a"},
		"data: a\n":                                      {"|a"},
		"data: " + long + "\n\ndata: y":                  {"|" + long, "|y"},
		"data: a\ndata: " + long + "\n\n":                {"|a\n" + long},
		"data: {}\nevent: late\n\n":                      {"late|{}"},
	} {
		for name, r := range map[string]io.Reader{
			"whole": strings.NewReader(stream), "bytes": iotest.OneByteReader(strings.NewReader(stream)), "halves": iotest.HalfReader(strings.NewReader(stream)),
			"with the end": iotest.DataErrReader(strings.NewReader(stream)),
		} {
			got, err := readAll(r)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%.40q, %s: %v %s", stream, name, err, diff)
			}
		}
	}
}

func TestErrorsComeThrough(t *testing.T) {
	broken := errors.New("broken")
	got, err := readAll(io.MultiReader(strings.NewReader("data: a\n\ndata: b"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || len(got) != 1 {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := readAll(endless{}); err == nil {
		t.Error("a line without end was read")
	}
}

// endless is a line that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{"event: a\ndata: b\n\n", "data: a\ndata: b\r\n\r\n", ":\n\n\ndata", "data:\n\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		whole, err := readAll(strings.NewReader(stream))
		if err != nil {
			t.Fatal(err)
		}
		bytes, err := readAll(iotest.OneByteReader(strings.NewReader(stream)))
		if diff := cmp.Diff(whole, bytes); diff != "" || err != nil {
			t.Errorf("byte by byte: %v %s", err, diff)
		}
	})
}

func BenchmarkDelta(b *testing.B) {
	const one = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" the only one\"}}\n\n"
	r := NewReader(&again{text: strings.Repeat(one, 64)})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

// again is a stream that repeats itself.
type again struct {
	text string
	at   int
}

func (a *again) Read(p []byte) (int, error) {
	n := copy(p, a.text[a.at:])
	a.at = (a.at + n) % len(a.text)
	return n, nil
}
