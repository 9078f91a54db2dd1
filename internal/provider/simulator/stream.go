package simulator

import (
	"io"

	"github.com/outcrop/outcrop/internal/chat"
)

// eventTokens is how many tokens a delta carries. The first delta carries one, so that an answer's
// first words come as early as its pace allows.
const eventTokens = 4

// stream hands out an answer event by event. The reader's calls drive it; nothing runs beside them.
type stream struct {
	call  *call
	event chat.Event

	state   step
	block   int    // which of the answer's blocks is being sent
	rest    string // what is left of its text or JSON
	sent    int64  // tokens
	part    part   // of the block, when a rule says how it is cut
	content int    // content events so far, the one being made included
	err     error  // what ended the stream
}

// part is a block that is cut by characters: its tokens are spread over its bytes.
type part struct {
	before int64 // tokens sent when it began
	tokens int64
	size   int // bytes
}

// step is what comes next.
type step uint8

const (
	begin step = iota
	openBlock
	inBlock
	signature
	closeBlock
	finish
	account
	over
)

// Next returns the next event as soon as it is due.
func (s *stream) Next() (*chat.Event, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.err = s.advance(); s.err == nil {
		s.err = s.wait()
	}
	if s.err != nil {
		s.call.end()
		return nil, s.err
	}
	s.call.produced = s.sent
	return &s.event, nil
}

// Close ends the stream, early or not.
func (s *stream) Close() error {
	if s.err == nil {
		s.err = io.ErrClosedPipe
	}
	s.call.end()
	return nil
}

// advance makes the next event.
func (s *stream) advance() error {
	s.event = chat.Event{Index: s.block}
	for {
		switch s.state {
		case begin:
			s.state = openBlock
			s.event = chat.Event{Kind: chat.MessageStart, Usage: s.call.input}
			return nil
		case openBlock:
			if s.block == len(s.call.answer.blocks) {
				s.state = finish
			} else if s.open() {
				return nil
			}
		case inBlock:
			if s.rest != "" {
				s.delta()
				return nil
			}
			s.state = signature
		case signature:
			s.state = closeBlock
			if r := s.current().Reasoning; r != nil && r.Signature != "" {
				s.event.Kind, s.event.Block, s.event.Signature = chat.BlockDelta, chat.ReasoningBlock, r.Signature
				return nil
			}
		case closeBlock:
			s.event.Kind, s.event.Block = chat.BlockStop, s.current().Kind
			s.block++
			s.state = openBlock
			return nil
		case finish:
			s.state = account
			s.sent = s.call.answer.output
			s.event = chat.Event{Kind: chat.MessageStop, Stop: s.call.answer.stop, StopSequence: s.call.answer.stopSequence}
			return nil
		case account:
			s.state = over
			s.event = chat.Event{Kind: chat.Metadata, Usage: s.call.usage()}
			return nil
		default:
			return io.EOF
		}
	}
}

func (s *stream) current() *chat.Block { return &s.call.answer.blocks[s.block] }

// open begins a block and reports whether that is an event: only tool uses have one.
func (s *stream) open() bool {
	s.state = inBlock
	b := s.current()
	s.event.Block = b.Kind
	switch {
	case b.ToolUse != nil:
		s.rest = string(b.ToolUse.Input)
		s.sent += s.call.words.ToolUseStart(b.ToolUse)
		s.event.Kind, s.event.ID, s.event.Name = chat.BlockStart, b.ToolUse.ID, b.ToolUse.Name
		return true
	case b.Reasoning != nil:
		s.rest = b.Reasoning.Text
	default:
		s.rest = b.Text
	}
	return false
}

// delta sends the next few tokens of the block, or as many characters as a rule says.
func (s *stream) delta() {
	var text string
	if chunk := s.call.cue.chunk(); chunk > 0 {
		text = s.characters(chunk)
	} else {
		text = s.tokens()
	}
	s.event.Kind, s.event.Block, s.event.Text = chat.BlockDelta, s.current().Kind, text
}

// tokens takes a few tokens off the rest.
func (s *stream) tokens() string {
	n := int64(eventTokens)
	if s.sent == 0 {
		n = 1
	}
	text := s.call.words.Prefix(s.rest, n)
	if s.rest = s.rest[len(text):]; s.rest == "" {
		n = s.call.words.Text(text) // the last delta may be shorter
	}
	s.sent += n
	return text
}

// characters takes n characters off the rest.
func (s *stream) characters(n int) string {
	if s.part.size == 0 {
		s.part = part{before: s.sent, tokens: s.call.words.Text(s.rest), size: len(s.rest)}
	}
	text := firstCharacters(s.rest, n)
	s.rest = s.rest[len(text):]
	done := s.part.size - len(s.rest)
	s.sent = s.part.before + s.part.tokens*int64(done)/int64(s.part.size)
	if s.rest == "" {
		s.part = part{}
	}
	return text
}

// wait holds a content event back until it is due and lets a scripted failure take its place. The
// end of the answer comes when its last token does.
func (s *stream) wait() error {
	if s.event.Kind == chat.MessageStart {
		return nil
	}
	if s.event.IsContent() {
		s.content++
	}
	if err := s.call.clock.until(s.call.pace.event(s.content, s.sent)); err != nil {
		return err
	}
	if !s.event.IsContent() {
		return nil
	}
	return s.call.failAt(s.content)
}

// firstCharacters returns the first n characters of s.
func firstCharacters(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}
