package main

import (
	"cmp"
	"slices"
)

// apiError is one of the errors that the generated operations are modelled with.
type apiError struct {
	Shape  string // its name in the model
	Name   string // its name on the wire
	Status int    // 0 where the protocol decides it
}

// errors returns the errors of all generated operations, by name. Enumerations in them become types.
func (b *builder) errors() ([]*apiError, error) {
	var list []*apiError
	for _, op := range b.target.Operations {
		for _, ref := range b.raw.Operations[op].Errors {
			raw := b.raw.Shapes[ref.Shape]
			if slices.ContainsFunc(list, func(e *apiError) bool { return e.Shape == ref.Shape }) {
				continue
			}
			list = append(list, &apiError{ref.Shape, cmp.Or(raw.Error.Code, ref.Shape), raw.Error.HTTPStatusCode})
			for _, m := range raw.Members {
				sh, err := b.shape(m.Value.Shape)
				if err != nil {
					return nil, err
				}
				if sh.Kind == kindEnum {
					sh.Output = true
				}
			}
		}
	}
	slices.SortFunc(list, func(x, y *apiError) int { return cmp.Compare(x.Shape, y.Shape) })
	return list, nil
}

// emitErrors writes the names of a service's errors and, where the model decides them, their statuses.
func emitErrors(s *service) *file {
	f := newFile(s)
	f.printf("// The errors that operations are modelled with, by the names they have on the wire.\nconst (\n")
	for _, e := range s.Errors {
		f.printf("%s = %q\n", goName(e.Shape), e.Name)
	}
	f.printf(")\n\n")
	if s.Protocol.xml {
		f.emitErrorStatus(s.Errors)
	}
	return f
}

func (f *file) emitErrorStatus(list []*apiError) {
	byStatus := map[int][]string{}
	var statuses []int
	for _, e := range list {
		if byStatus[e.Status] == nil {
			statuses = append(statuses, e.Status)
		}
		byStatus[e.Status] = append(byStatus[e.Status], goName(e.Shape))
	}
	slices.Sort(statuses)
	f.printf("// errorStatus is the HTTP status of an error, 0 for one that is not modelled.\nfunc errorStatus(name string) int {\nswitch name {\n")
	for _, status := range statuses {
		if status == 0 {
			continue
		}
		f.printf("case ")
		for i, name := range byStatus[status] {
			if i > 0 {
				f.printf(",\n")
			}
			f.printf("%s", name)
		}
		f.printf(":\nreturn %d\n", status)
	}
	f.printf("}\nreturn 0\n}\n")
}
