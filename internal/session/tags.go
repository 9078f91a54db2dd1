package session

import (
	"slices"
	"strings"

	"github.com/outcrop/outcrop/internal/identity"
)

// Merge lays tags over others: of a key that both have, in whatever case, the tag of over counts. The result is sorted
// by key, as both must be.
func Merge(under, over identity.Tags) identity.Tags {
	all := slices.Clone(over)
	for _, t := range under {
		if !slices.ContainsFunc(over, func(o identity.Tag) bool { return strings.EqualFold(o.Key, t.Key) }) {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b identity.Tag) int { return strings.Compare(a.Key, b.Key) })
	return all
}
