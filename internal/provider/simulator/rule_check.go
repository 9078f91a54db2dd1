package simulator

import (
	"fmt"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/chat"
)

// The bounds of a script. Within them every script is checked in moments, and none can stop a server.
const (
	maxRules   = 10_000
	maxAnswers = 10_000
	maxPause   = 10 * time.Minute
)

// CheckRules reports every fault of the rules, each with the path of what to edit, such as
// "rules[2].answer.error.kind".
func CheckRules(rules []Rule, report func(path, message string)) {
	if len(rules) > maxRules {
		report("rules", fmt.Sprintf("want at most %d rules, found %d", maxRules, len(rules)))
	}
	for i := range rules {
		ruleCheck{report, fmt.Sprintf("rules[%d]", i)}.rule(&rules[i])
	}
}

// ruleCheck reports the faults of what stands at a path.
type ruleCheck struct {
	report func(path, message string)
	at     string
}

func (c ruleCheck) in(key string) ruleCheck { return ruleCheck{c.report, c.at + "." + key} }

func (c ruleCheck) faulty(bad bool, format string, args ...any) {
	if bad {
		c.report(c.at, fmt.Sprintf(format, args...))
	}
}

func (c ruleCheck) within(n int64, least, most int64) {
	c.faulty(n < least || n > most, "want %d to %d, found %d", least, most, n)
}

func (c ruleCheck) count(n *int64) {
	if n != nil {
		c.within(*n, 0, math.MaxInt32)
	}
}

func (c ruleCheck) wait(d *time.Duration) {
	if d != nil {
		c.faulty(*d < 0 || *d > maxPause, "want 0s to 10m, found %s", *d)
	}
}

func (c ruleCheck) rule(r *Rule) {
	c.in("when").match(&r.When)
	c.in("every").within(r.Every, 0, math.MaxInt32)
	c.in("times").within(r.Times, 0, math.MaxInt32)
	c.in("chance").faulty(!(r.Chance >= 0 && r.Chance <= 1), "want a part of all calls, above 0 and at most 1, found %v", r.Chance)
	switch {
	case r.Answer != nil && r.Answers != nil:
		c.in("answer").faulty(true, "a rule has answer or answers, not both")
	case r.Answer == nil && len(r.Answers) == 0:
		c.faulty(true, "a rule needs an answer, or a list of answers to give in turn")
	}
	c.in("answers").faulty(len(r.Answers) > maxAnswers, "want at most %d answers, found %d", maxAnswers, len(r.Answers))
	if r.Answer != nil {
		c.in("answer").answer(r.Answer)
		c.in("then").faulty(r.Then != "", "says what follows a list of answers; an answer alone is given every time")
	}
	for i := range r.Answers {
		c.in(fmt.Sprintf("answers[%d]", i)).answer(&r.Answers[i])
	}
	c.in("then").oneOf(string(r.Then), "", string(Last), string(Repeat), string(Fail), string(Pass))
}

// oneOf checks a word; an empty one among those allowed is not told.
func (c ruleCheck) oneOf(word string, allowed ...string) {
	if slices.Contains(allowed, word) {
		return
	}
	named := slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "" })
	c.faulty(true, "want %s, found %q", listed(named), word)
}

// listed joins words for a sentence: "a, b or c".
func listed[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

func (c ruleCheck) match(m *Match) {
	c.in("region").glob(m.Region)
	c.in("model").glob(m.Model)
	c.in("profile").glob(m.Profile)
	for _, key := range slices.Sorted(maps.Keys(m.Metadata)) {
		c.in("metadata." + key).glob(m.Metadata[key])
	}
	if _, err := regexp.Compile(m.TextMatches); err != nil {
		c.in("text-matches").faulty(true, "%q is no regular expression: %s", m.TextMatches, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
}

func (c ruleCheck) glob(pattern string) {
	_, err := path.Match(pattern, "")
	c.faulty(err != nil, "%q is not a well-formed glob; * stands for any characters", pattern)
}

func (c ruleCheck) answer(a *Answer) {
	says := a.Text != "" || a.Reasoning != "" || len(a.Tools) > 0
	shapes := a.Stop != "" || a.Usage != nil || a.FirstToken != nil || a.PerEvent != nil || a.Chunk != 0
	c.faulty(!says && !shapes && a.Error == nil, "the answer is empty; give text, reasoning, tools or an error, or a pace for the built-in answer")
	c.in("text").template(a.Text)
	c.in("reasoning").template(a.Reasoning)
	for i := range a.Tools {
		c.in(fmt.Sprintf("tools[%d]", i)).tool(&a.Tools[i])
	}
	if a.Stop != "" {
		c.in("stop").oneOf(string(a.Stop), stopReasons()...)
	}
	if u := a.Usage; u != nil {
		c.in("usage.input").count(u.Input)
		c.in("usage.output").count(u.Output)
		c.in("usage.cache-read").count(u.CacheRead)
		c.in("usage.cache-write").count(u.CacheWrite)
	}
	if f := a.Error; f != nil {
		c.in("error").fault(f)
		c.in("error.event").faulty(says && f.Event == 0, "an error without event comes before the answer, whose text nobody would see; give an event from 1, or leave the text out")
	}
	c.in("first-token").wait(a.FirstToken)
	c.in("per-event").wait(a.PerEvent)
	c.in("chunk").within(int64(a.Chunk), 0, math.MaxInt32)
}

func stopReasons() []string {
	return []string{
		string(chat.EndTurn), string(chat.StopToolUse), string(chat.MaxTokens), string(chat.StopSequence),
		string(chat.GuardrailIntervened), string(chat.ContentFiltered), string(chat.ContextExceeded),
	}
}

func (c ruleCheck) template(s string) {
	if name, ok := unknownName(s); !ok {
		c.faulty(true, "{{%s}} stands for nothing; there are %s", name, knownNames)
	}
}

// sample stands for every call when a template is checked. Its texts are no JSON and end no escape, so
// that a template which is JSON with them is JSON with all.
var sample = values{model: "x", region: "x", last: "x", n: 1}

// toolName is what Converse allows.
var toolName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func (c ruleCheck) tool(t *ScriptedTool) {
	c.in("name").faulty(!toolName.MatchString(t.Name), "%q is no name of a tool: 1 to 64 letters, digits, _ or -", t.Name)
	c.in("id").faulty(t.ID != "" && !toolName.MatchString(t.ID), "%q is no id of a tool use: 1 to 64 letters, digits, _ or -", t.ID)
	c.in("input").template(t.Input)
	good := t.Input == "" || valid(expand(t.Input, sample, escaped))
	c.in("input").faulty(!good && !t.Malformed, "%q is not JSON; if that is meant, add malformed: true", t.Input)
	c.in("malformed").faulty(good && t.Malformed, "the input is good JSON; break it, or leave malformed out")
}

func (c ruleCheck) fault(f *Fault) {
	kinds := FaultKinds()
	c.in("event").within(int64(f.Event), 0, math.MaxInt32)
	c.in("retry-after").wait(&f.RetryAfter)
	if f.Status != 0 {
		c.in("status").within(int64(f.Status), 400, 599)
	}
	switch {
	case f.Kind == "":
		c.in("kind").faulty(true, "an error needs a kind: %s", listed(kinds))
		return
	case !slices.Contains(kinds, f.Kind):
		c.in("kind").faulty(true, "want %s, found %q", listed(kinds), f.Kind)
		return
	}
	early := f.Kind == AccessDenied || f.Kind == NotReady
	c.in("event").faulty(early && f.Event > 0, "%s is told before an answer begins; leave event out", f.Kind)
	c.in("retry-after").faulty(f.RetryAfter != 0 && f.Kind != Throttling, "only throttling tells when to come back")
	c.in("status").faulty(f.Status != 0 && f.Kind != ModelError, "is what the model itself answered, which only an error of kind error tells")
}
