package policy

import "slices"

// Named are the ARNs of users, roles and sessions that the document names as principals, and the unique ids of those who
// were deleted, sorted, each once. Whoever keeps the document can see whether they exist.
func (d *Document) Named() []string {
	var names []string
	for i := range d.statements {
		p := &d.statements[i].principals
		names = append(append(names, p.arns...), p.gone...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
