package openai

import (
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
)

// chunkDecoder reads chunks that come one by one, as InvokeModel's stream carries them, with the decoder for streams of
// server-sent events: the parts of a chunk are the same, only its frame is not.
type chunkDecoder struct {
	in     *StreamDecoder
	shape  Shape
	events []chat.Event
	tag    tagSplitter
}

// Decode returns the events of one chunk.
func (d *chunkDecoder) Decode(data []byte) ([]chat.Event, error) {
	d.events = d.events[:0]
	if err := d.feed("data: " + string(d.shape.usual(data)) + "\n\n"); err != nil {
		return nil, err
	}
	if err := d.drain(); err != nil {
		return nil, err
	}
	var last struct {
		Metrics *dialect.Metrics `json:"amazon-bedrock-invocationMetrics"`
	}
	if !strings.Contains(string(data), `"amazon-bedrock-invocationMetrics"`) || json.Unmarshal(data, &last, lenient()) != nil || last.Metrics == nil {
		return d.events, nil
	}
	if err := d.in.End(); err != nil {
		return nil, err
	}
	if err := d.drain(); err != nil {
		return nil, err
	}
	if n := len(d.events); n > 0 && d.events[n-1].Kind == chat.Metadata {
		d.events[n-1].Usage = last.Metrics.Usage()
	}
	return d.events, nil
}

func (d *chunkDecoder) feed(text string) error {
	for text != "" {
		room, err := d.in.Room()
		if err != nil {
			return err
		}
		n := copy(room, text)
		d.in.Filled(n)
		text = text[n:]
	}
	return nil
}

// drain takes over what the decoder has, in this shape's own reading.
func (d *chunkDecoder) drain() error {
	for {
		e, err := d.in.Next()
		if e == nil || errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if d.shape.Tagged {
			d.events = d.tag.split(d.events, *e)
		} else {
			d.events = append(d.events, *e)
		}
	}
}

// tagSplitter turns the tagged reasoning at the start of a text into a block of its own.
type tagSplitter struct {
	state tagState
	seen  string // text whose kind is not known yet: it may be part of a tag
	shift int    // blocks added in front of the decoder's own
	// answered is set once text has been given out.
	answered bool
}

type tagState uint8

const (
	beforeTag tagState = iota
	insideTag
	behindTag
)

func (t *tagSplitter) split(out []chat.Event, ev chat.Event) []chat.Event {
	switch ev.Kind {
	case chat.BlockDelta:
		if ev.Block != chat.TextBlock || t.state == behindTag {
			t.answered = t.answered || ev.Block == chat.TextBlock
			break
		}
		t.seen += ev.Text
		return t.text(out, ev.Index)
	case chat.BlockStart, chat.BlockStop:
		out = t.flush(out, ev.Index)
		if ev.Kind == chat.BlockStop && ev.Block == chat.TextBlock {
			if t.state == insideTag {
				t.state = behindTag
				return append(out, chat.Event{Kind: chat.BlockStop, Index: ev.Index, Block: chat.ReasoningBlock})
			}
			if t.shift == 1 && !t.answered { // there was nothing but reasoning
				t.shift = 0
				return out
			}
		}
	default:
		return append(out, ev)
	}
	ev.Index += t.shift
	return append(out, ev)
}

// text gives out as much of what was seen as is sure.
func (t *tagSplitter) text(out []chat.Event, index int) []chat.Event {
	if t.state == beforeTag {
		if len(t.seen) < len(openTag) && strings.HasPrefix(openTag, t.seen) {
			return out
		}
		rest, ok := strings.CutPrefix(t.seen, openTag)
		if !ok {
			t.state = behindTag
			return t.flush(out, index)
		}
		t.state, t.seen = insideTag, rest
	}
	thought, answer, ended := strings.Cut(t.seen, closeTag)
	if !ended { // the end may be the beginning of the closing tag
		keep := 0
		for n := min(len(closeTag)-1, len(thought)); n > 0 && keep == 0; n-- {
			if strings.HasSuffix(thought, closeTag[:n]) {
				keep = n
			}
		}
		thought, t.seen = thought[:len(thought)-keep], thought[len(thought)-keep:]
	}
	if thought != "" {
		out = append(out, chat.Event{Kind: chat.BlockDelta, Index: index, Block: chat.ReasoningBlock, Text: thought})
	}
	if !ended {
		return out
	}
	out = append(out, chat.Event{Kind: chat.BlockStop, Index: index, Block: chat.ReasoningBlock})
	t.state, t.seen, t.shift = behindTag, answer, 1
	return t.flush(out, index)
}

// flush gives out what was held back.
func (t *tagSplitter) flush(out []chat.Event, index int) []chat.Event {
	if t.seen == "" {
		return out
	}
	kind := chat.TextBlock
	if t.state == insideTag {
		kind = chat.ReasoningBlock
	} else {
		t.answered = true
	}
	out = append(out, chat.Event{Kind: chat.BlockDelta, Index: index + t.shift, Block: kind, Text: t.seen})
	t.seen = ""
	return out
}
