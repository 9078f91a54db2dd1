package strict

import "strings"

// Closest returns the candidate most like name, or "" when none is near enough to be a slip of the
// hand: at most one edit in three characters, with case and the choice of - or _ free.
func Closest(name string, candidates []string) string {
	best, limit := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if d := distance(plainly(name), plainly(c)); d < limit {
			best, limit = c, d
		}
	}
	return best
}

// DidYouMean is Closest as the end of a message: `; did you mean "x"?`, or nothing.
func DidYouMean(name string, candidates []string) string {
	if c := Closest(name, candidates); c != "" {
		return `; did you mean "` + c + `"?`
	}
	return ""
}

func plainly(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }

// distance counts the insertions, deletions, replacements and swaps of neighbours between a and b.
func distance(a, b string) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
