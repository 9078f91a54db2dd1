package simulator

import (
	"regexp"
	"strings"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/profile"
)

// subject is a call as rules see it.
type subject struct {
	at      deploymentKey
	profile *profile.Application // nil when none was called
	stream  bool
	chat    *chat.Request
	last    string // the last text the user wrote
}

// matcher is a Match made ready: its expression compiled, once for all calls.
type matcher struct {
	Match
	text *regexp.Regexp // nil: any
}

// fits reports whether every field of the match that is set fits the call.
func (m *matcher) fits(s *subject) bool {
	return glob(m.Region, string(s.at.region)) &&
		glob(m.Model, s.at.model) &&
		m.fitsProfile(s.profile) &&
		(m.Stream == nil || *m.Stream == s.stream) &&
		(m.ToolResult == nil || *m.ToolResult == bringsResult(s.chat)) &&
		fitsMetadata(m.Metadata, s.chat.Metadata) &&
		strings.Contains(s.last, m.TextContains) &&
		(m.text == nil || m.text.MatchString(s.last)) &&
		systemContains(s.chat.System, m.SystemContains)
}

func (m *matcher) fitsProfile(a *profile.Application) bool {
	if m.Profile == "" {
		return true
	}
	return a != nil && (glob(m.Profile, a.Name) || glob(m.Profile, a.ID))
}

func fitsMetadata(want, have map[string]string) bool {
	for key, pattern := range want {
		if value, ok := have[key]; !ok || !glob(pattern, value) {
			return false
		}
	}
	return true
}

func systemContains(system []chat.Block, text string) bool {
	if text == "" {
		return true
	}
	for i := range system {
		if strings.Contains(system[i].Text, text) {
			return true
		}
	}
	return false
}

// bringsResult reports whether the last turn has the result of a tool.
func bringsResult(r *chat.Request) bool {
	if len(r.Messages) == 0 {
		return false
	}
	for _, b := range r.Messages[len(r.Messages)-1].Content {
		if b.ToolResult != nil {
			return true
		}
	}
	return false
}

// lastText returns what the user wrote last: the texts of the last turn of theirs that has any.
func lastText(r *chat.Request) string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		if r.Messages[i].Role != chat.User {
			continue
		}
		var texts []string
		for j := range r.Messages[i].Content {
			if b := &r.Messages[i].Content[j]; b.Kind == chat.TextBlock && b.Text != "" {
				texts = append(texts, b.Text)
			}
		}
		if len(texts) > 0 {
			return strings.Join(texts, "\n")
		}
	}
	return ""
}
