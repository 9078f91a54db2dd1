package awswire

// gaps are the paths of absent required members and of null items, which decoded Go values cannot show.
type gaps struct {
	missing map[string]bool // nil until there is one
}

// note remembers what is missing. A set, because a hostile body can lack very much.
func (g *gaps) note(path string) {
	if g.missing == nil {
		g.missing = map[string]bool{}
	}
	g.missing[path] = true
}

// join is the path of a member behind the path of what holds it.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
