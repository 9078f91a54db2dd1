package catalog

import "strings"

// Fault is one thing wrong with a catalog.
type Fault struct {
	Path    string // of the key: "profiles[0].routes.site-a[1]" in an overlay, `embedded.profiles["us.x"]` in the data
	Message string // "region site-z is not known"
}

func (f Fault) String() string { return f.Path + ": " + f.Message }

// Faults is everything wrong with a catalog at once, in the order of the keys.
type Faults []Fault

// Error puts one fault on a line.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}
