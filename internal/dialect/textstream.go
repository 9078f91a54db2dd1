package dialect

import (
	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/tokens"
)

// Piece is one chunk of a stream that holds text and nothing else.
type Piece struct {
	Text  string
	First bool
	Last  bool // Stop and Usage are set
	// Usage is what is known so far: the input on the first piece, when it came early, and the output.
	Usage        chat.Usage
	Stop         chat.StopReason
	StopSequence string
}

// TextStream writes the stream of a family whose chunks hold text and nothing else. Not safe for concurrent use.
type TextStream struct {
	// Write adds a chunk as JSON, but for the brace at its end.
	Write func(c *Chunks, p *Piece)
	// ThoughtEnd is written behind reasoning. A family without it leaves reasoning out.
	ThoughtEnd string
	Caching    bool
	// Words count what was written until the upstream's own count comes.
	Words *tokens.Vocabulary

	chunks Chunks
	piece  Piece
	begun  bool
}

var _ StreamEncoder = (*TextStream)(nil)

// Encode returns the chunks of one event. The last chunk, which has no text, comes with the Metadata event.
func (s *TextStream) Encode(ev *chat.Event, t Timing) [][]byte {
	s.chunks.Reset()
	switch ev.Kind {
	case chat.MessageStart:
		s.piece.Usage = ev.Usage
	case chat.BlockDelta:
		if ev.Text != "" && (ev.Block == chat.TextBlock || ev.Block == chat.ReasoningBlock && s.ThoughtEnd != "") {
			s.put(ev.Text)
		}
	case chat.BlockStop:
		if ev.Block == chat.ReasoningBlock && s.ThoughtEnd != "" {
			s.put(s.ThoughtEnd)
		}
	case chat.MessageStop:
		s.piece.Stop, s.piece.StopSequence = ev.Stop, ev.StopSequence
	case chat.Metadata:
		s.piece.Usage, s.piece.Last, s.piece.Text = ev.Usage, true, ""
		s.piece.First = !s.begun
		s.Write(&s.chunks, &s.piece)
		s.chunks.Metrics(ev.Usage, s.piece.Stop, s.Caching, t)
		s.chunks.End(`}`)
	}
	return s.chunks.Cut()
}

func (s *TextStream) put(text string) {
	s.piece.Text, s.piece.First = text, !s.begun
	s.begun = true
	s.piece.Usage.Output += s.Words.Text(text)
	s.Write(&s.chunks, &s.piece)
	s.chunks.End(`}`)
}

// TextDecoder reads the stream of a family whose chunks hold text and nothing else. Not safe for concurrent use.
type TextDecoder struct {
	// Read reads a chunk: its text, and on the last one why the model stopped. What it says of usage counts when
	// Bedrock's metrics are not there.
	Read func(chunk []byte, p *Piece) error

	begun, ended bool
	events       []chat.Event
}

var _ StreamDecoder = (*TextDecoder)(nil)

// Decode returns the events of one chunk.
func (d *TextDecoder) Decode(chunk []byte) ([]chat.Event, error) {
	d.events = d.events[:0]
	if d.ended {
		return nil, nil
	}
	var p Piece
	if err := d.Read(chunk, &p); err != nil {
		return nil, fault.Wrap(fault.ModelStreamError, err, "The model's stream could not be read.")
	}
	if !d.begun {
		d.add(chat.Event{Kind: chat.MessageStart, Usage: chat.Usage{Input: p.Usage.Input}})
	}
	if p.Text != "" || p.Last && !d.begun {
		d.add(chat.Event{Kind: chat.BlockDelta, Block: chat.TextBlock, Text: p.Text})
	}
	d.begun = true
	if !p.Last {
		return d.events, nil
	}
	d.ended = true
	d.add(chat.Event{Kind: chat.BlockStop, Block: chat.TextBlock})
	d.add(chat.Event{Kind: chat.MessageStop, Stop: p.Stop, StopSequence: p.StopSequence})
	var last struct {
		Metrics *Metrics `json:"amazon-bedrock-invocationMetrics"`
	}
	if err := json.Unmarshal(chunk, &last); err == nil && last.Metrics != nil {
		p.Usage = last.Metrics.Usage()
	}
	d.add(chat.Event{Kind: chat.Metadata, Usage: p.Usage})
	return d.events, nil
}

func (d *TextDecoder) add(e chat.Event) { d.events = append(d.events, e) }

// Answer is the text of an answer, as a family writes it that has text alone. thoughtEnd is written behind
// reasoning; without it reasoning is left out.
func Answer(blocks []chat.Block, thoughtEnd string) (string, error) {
	text := ""
	for i := range blocks {
		switch b := &blocks[i]; b.Kind {
		case chat.TextBlock, chat.GuardBlock:
			text += b.Text
		case chat.ReasoningBlock:
			if thoughtEnd != "" {
				text += b.Reasoning.Text + thoughtEnd
			}
		default:
			return "", fault.New(fault.ModelError, "The model's answer has content that its own format cannot carry.")
		}
	}
	return text, nil
}

// Said is the content of an answer that is one text.
func Said(text string) []chat.Block { return []chat.Block{chat.Text(text)} }

// ReadAnswer reads the body of a whole answer. An unknown member is no fault of it.
func ReadAnswer(body []byte, out any) error {
	if err := json.Unmarshal(body, out); err != nil {
		return fault.Wrap(fault.ModelError, err, "The model's answer could not be read.")
	}
	return nil
}

// Unanswered is the error for a body that is JSON but holds no answer.
func Unanswered() error { return fault.New(fault.ModelError, "The model returned no answer.") }
