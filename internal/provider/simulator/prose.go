package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/outcrop/outcrop/internal/chat"
)

// How long an answer is, in tokens, when nothing asks for a length or cuts it.
const (
	shortest = 60
	longest  = 200
	// mostAsked is the longest answer a prompt can ask for with "in 5000 words" or "500 tokens".
	mostAsked = 16_384
	// quoted is how many characters of a text the answer repeats.
	quoted = 100
)

// prose is the text of an answer: what serves it, what it was asked, and filler to a natural length.
func prose(at deploymentKey, p *prompt, r *chat.Request) string {
	var b strings.Builder
	b.Grow(1024)
	introduce(&b, at, p, r)
	for _, result := range p.results() {
		summarise(&b, result)
	}
	question := p.question()
	if question != "" {
		b.WriteString(" You wrote: \"")
		quote(&b, question)
		b.WriteString("\".")
	}
	d := p.digest.roll("prose")
	goal := int64(shortest + d.below(longest-shortest+1))
	if asked := askedLength(question); asked > 0 {
		goal = asked
	}
	have := p.words.Text(b.String())
	for gap := "\n\n"; have < goal; gap = " " {
		before := b.Len()
		b.WriteString(gap)
		sentence(&b, d)
		have += p.words.Text(b.String()[before:])
	}
	return b.String()
}

// introduce writes the first sentences: who answers, and what the request consists of.
func introduce(b *strings.Builder, at deploymentKey, p *prompt, r *chat.Request) {
	fmt.Fprintf(b, "%s, simulated in %s. I read %s", at.model, at.region, count(p.messages, "message"))
	if p.system > 0 {
		fmt.Fprintf(b, ", a system prompt of %s", count(p.system, "character"))
	}
	if p.images > 0 {
		fmt.Fprintf(b, ", %s (%s)", count(p.images, "image"), count(p.imageBytes, "byte"))
	}
	switch {
	case p.documents == 1 && p.documentName != "":
		fmt.Fprintf(b, ", the document %q (%s)", p.documentName, count(p.documentSize, "byte"))
	case p.documents > 0:
		fmt.Fprintf(b, ", %s (%s)", count(p.documents, "document"), count(p.documentSize, "byte"))
	}
	if p.other > 0 {
		fmt.Fprintf(b, ", %s", count(p.other, "recording"))
	}
	if n := len(offered(r)); n > 0 {
		fmt.Fprintf(b, ", %s to use", count(n, "tool"))
	}
	if r.Guardrail != nil {
		b.WriteString(", a guardrail that guards nothing here")
	}
	b.WriteByte('.')
}

// summarise repeats the beginning of what a tool answered.
func summarise(b *strings.Builder, result *chat.ToolResult) {
	outcome := "answered"
	if result.Error {
		outcome = "failed with"
	}
	fmt.Fprintf(b, " The tool behind %s %s: ", result.ID, outcome)
	if len(result.Content) == 0 {
		b.WriteString("nothing")
	}
	for i := range result.Content {
		if i > 0 {
			b.WriteString(", ")
		}
		switch c := &result.Content[i]; {
		case c.Text != "":
			quote(b, c.Text)
		case c.Raw != nil:
			quote(b, string(c.Raw))
		case c.Media != nil:
			b.WriteString("a file of " + count(len(c.Media.Bytes)+len(c.Media.Text), "byte"))
		}
	}
	b.WriteByte('.')
}

// quote writes the beginning of s on one line.
func quote(b *strings.Builder, s string) {
	n := 0
	for i, r := range s {
		if n++; n > quoted {
			b.WriteString("…")
			return
		}
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case r == utf8.RuneError:
			b.WriteRune(r)
		default:
			b.WriteString(s[i : i+utf8.RuneLen(r)])
		}
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// askedLength returns the tokens a prompt asks for with a number in front of "words" or "tokens",
// 0 when it asks for none. The last such number counts; a word is taken for four thirds of a token.
func askedLength(prompt string) int64 {
	if len(prompt) > 4096 {
		prompt = prompt[len(prompt)-4096:]
	}
	var before string
	var asked int64
	for word := range strings.FieldsSeq(prompt) {
		n, err := strconv.ParseInt(before, 10, 32)
		before = strings.TrimLeft(word, "(\"")
		if err != nil || n <= 0 {
			continue
		}
		switch strings.TrimRight(word, ".,:;!?)\"") {
		case "words", "word":
			asked = min(n+n/3, mostAsked)
		case "tokens", "token":
			asked = min(n, mostAsked)
		}
	}
	return asked
}

// thought is the text of a reasoning block of about at most budget tokens; 0 sets no bound.
func thought(p *prompt, budget int) string {
	d := p.digest.roll("thought")
	goal := int64(20 + d.below(41))
	if budget > 0 {
		goal = min(goal, int64(budget))
	}
	var b strings.Builder
	b.WriteString("The request has " + count(p.messages, "message") + ". Let me think about it.")
	for p.words.Text(b.String()) < goal {
		b.WriteByte(' ')
		sentence(&b, d)
	}
	return p.words.Prefix(b.String(), goal)
}

// sentence writes one sentence of filler.
func sentence(b *strings.Builder, d *dice) {
	for _, words := range [...]string{pick(d, openings[:]), pick(d, subjects[:]), pick(d, verbs[:]), pick(d, objects[:]), pick(d, endings[:])} {
		b.WriteString(words)
	}
}

// The filler is about nothing that anyone would take for an answer.
var (
	openings = [...]string{"On most mornings ", "In the old records ", "Before the tide turns, ", "As a rule, ", "Further along the coast ", "After a long winter ", "By the third bell ", "Now and then "}
	subjects = [...]string{"the harbour master ", "a grey heron ", "the lighthouse keeper ", "every second ferry ", "the map maker ", "a patient surveyor ", "the night watch ", "the oldest cooper "}
	verbs    = [...]string{"counts ", "draws ", "remembers ", "measures ", "repairs ", "describes ", "carries ", "sorts "}
	objects  = [...]string{"the layers of the cliff", "seven brass lamps", "a line of white stones", "the names of the islands", "two coils of rope", "the slow drift of sand", "a box of weathered charts", "the depth of the channel"}
	endings  = [...]string{".", " with great care.", ", and writes it down.", " until the light fades.", " without a word.", ", as the custom is.", " once more.", " before the wind rises."}
)
