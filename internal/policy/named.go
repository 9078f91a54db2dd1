package policy

import "slices"

// Named are the ARNs of users, roles and sessions that the document names as principals, sorted, each once. Whoever keeps
// the document can see whether they exist.
func (d *Document) Named() []string {
	var names []string
	for i := range d.statements {
		names = append(names, d.statements[i].principals.arns...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
