package quota

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/profile"
)

// who has the share that a call falls under: the empty text when everyone together. It reports false for a call that is
// not of the share's.
func (s *Share) who(c *Call) (string, bool) {
	var who []string
	if s.Profile != "" {
		if c.Application == nil || !s.names(c.Application) {
			return "", false
		}
		who = append(who, c.Application.ID)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
		if c.Application == nil {
			return "", false
		}
		value, ok := c.Application.Tags[key]
		if !ok || !matches(s.Tags[key], value) {
			return "", false
		}
		who = append(who, key+"="+told(value))
	}
	if s.Principal != "" {
		if !matches(s.Principal, c.Principal) {
			return "", false
		}
		who = append(who, c.Principal)
	}
	if !s.Each {
		return "", true
	}
	return strings.Join(who, " "), true
}

// told is a tag's value as part of a name: in quotes where it would not end at its end.
func told(value string) string {
	if strings.ContainsAny(value, ` "`) {
		return strconv.Quote(value)
	}
	return value
}

// names reports whether the share is for an application profile.
func (s *Share) names(a *profile.Application) bool {
	return matches(s.Profile, a.Name) || matches(s.Profile, a.ID) || strings.HasPrefix(s.Profile, "arn:") && matches(s.Profile, a.ARN(partitionOf(s.Profile)).String())
}

// partitionOf is the partition an ARN, or a glob of one, is in.
func partitionOf(glob string) arn.Partition {
	_, rest, _ := strings.Cut(glob, ":")
	partition, _, _ := strings.Cut(rest, ":")
	return arn.Partition(partition)
}
