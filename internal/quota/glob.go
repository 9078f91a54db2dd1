package quota

import (
	"path"
	"strings"
)

// matches reports whether a glob, or a plain text, covers a text. An empty one covers everything, and in a glob * stands
// for any characters, those that part an ARN too.
func matches(glob, text string) bool {
	if glob == "" || glob == "*" || glob == text {
		return true
	}
	ok, err := path.Match(unslashed.Replace(glob), unslashed.Replace(text))
	return ok && err == nil
}

// unslashed keeps * from stopping at a slash. No ARN, id or region has that character.
var unslashed = strings.NewReplacer("/", "\x01")

// wellFormedGlob reports whether a glob can match anything.
func wellFormedGlob(glob string) bool {
	_, err := path.Match(unslashed.Replace(glob), "")
	return err == nil
}
