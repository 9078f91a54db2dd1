package simulator

import (
	"time"

	"github.com/outcrop/outcrop/internal/chat"
)

// Rule is one line of a script for people who test their own applications: which calls it answers,
// how often, and with what. Of all rules the first that is due for a call answers it; the others do
// not. A call that no rule answers gets the built-in answer. Rules are for conversations, not for
// embeddings.
type Rule struct {
	// Name tells the rule apart in messages.
	Name string `yaml:"name"`
	When Match  `yaml:"when"`

	// Of the calls that When matches, numbered from 1, the rule answers those whose number Every
	// divides (0 and 1: each of them), of these the ones that Chance picks (above 0 and below 1; 0:
	// each), and of these the first Times (0: all). Which ones Chance picks is settled by the seed and
	// the call's number. The other calls are left to the rules behind this one.
	Every  int64   `yaml:"every"`
	Chance float64 `yaml:"chance"`
	Times  int64   `yaml:"times"`

	// Answer is the answer to every call, or Answers are given in turn and Then says what follows the last.
	Answer  *Answer  `yaml:"answer"`
	Answers []Answer `yaml:"answers"`
	Then    Then     `yaml:"then"`
}

// Match selects calls. Every field that is set must fit; the zero Match fits every call.
type Match struct {
	// Region, Model and Profile are ids or globs. Profile is the name or the id of the application
	// profile that was called; calls without one do not fit.
	Region  string `yaml:"region"`
	Model   string `yaml:"model"`
	Profile string `yaml:"profile"`
	// Stream is whether the answer is wanted as a stream.
	Stream *bool `yaml:"stream"`
	// TextContains and TextMatches, a regular expression, look at the last text that the user wrote,
	// in whichever turn that was.
	TextContains string `yaml:"text-contains"`
	TextMatches  string `yaml:"text-matches"`
	// ToolResult is whether the last turn brings the result of a tool.
	ToolResult     *bool  `yaml:"tool-result"`
	SystemContains string `yaml:"system-contains"`
	// Metadata are keys of requestMetadata, and globs of their values.
	Metadata map[string]string `yaml:"metadata"`
}

// Then says what follows the last answer of a sequence.
type Then string

// Last gives the last answer again and again, Repeat begins anew with the first, Fail refuses the
// call, and Pass leaves it to the rules behind.
const (
	Last   Then = "last"
	Repeat Then = "repeat"
	Fail   Then = "fail"
	Pass   Then = "pass"
)

// Answer is what a rule answers. Text, Reasoning and the input of Tools may hold {{model}},
// {{region}}, {{last}} (the last text the user wrote) and {{n}} (which answer of the rule this is, from 1).
// maxTokens and stop sequences cut the answer as they cut every other.
type Answer struct {
	Reasoning string          `yaml:"reasoning"`
	Text      string          `yaml:"text"`
	Tools     []ScriptedTool  `yaml:"tools"`
	Stop      chat.StopReason `yaml:"stop"` // empty: what fits the content
	Usage     *ScriptedUsage  `yaml:"usage"`
	Error     *Fault          `yaml:"error"`
	// FirstToken and PerEvent replace the deployment's pace: the time to the first content event, and
	// from each to the next. With PerEvent alone the first token comes when the pace says.
	FirstToken *time.Duration `yaml:"first-token"`
	PerEvent   *time.Duration `yaml:"per-event"`
	// Chunk is how many characters each content event of a stream carries; 0: about four tokens.
	Chunk int `yaml:"chunk"`
}

// ScriptedTool is one tool use of an answer.
type ScriptedTool struct {
	ID    string `yaml:"id"` // empty: one of the simulator's own
	Name  string `yaml:"name"`
	Input string `yaml:"input"` // JSON; empty: {}
	// Malformed lets Input be no JSON. A stream carries it as it is; a whole answer cannot, and fails
	// as Bedrock fails.
	Malformed bool `yaml:"malformed"`
}

// ScriptedUsage replaces what an answer is metered as, in tokens. A nil field stays as counted.
type ScriptedUsage struct {
	Input      *int64 `yaml:"input"`
	Output     *int64 `yaml:"output"`
	CacheRead  *int64 `yaml:"cache-read"`
	CacheWrite *int64 `yaml:"cache-write"` // for five minutes
}

// over lays the replacements over a count.
func (s *ScriptedUsage) over(u chat.Usage) chat.Usage {
	if s == nil {
		return u
	}
	replace := func(to *int64, with *int64) {
		if with != nil {
			*to = *with
		}
	}
	replace(&u.Input, s.Input)
	replace(&u.Output, s.Output)
	replace(&u.CacheRead, s.CacheRead)
	replace(&u.CacheWrite5m, s.CacheWrite)
	if s.CacheWrite != nil {
		u.CacheWrite1h = 0
	}
	return u
}
