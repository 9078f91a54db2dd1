package main

import (
	"fmt"
	"strings"
)

// emitCheck writes the constraint checks of every input shape, in the model's order.
func emitCheck(s *service) *file {
	f := newFile(s)
	f.use(pkgAWSWire)
	for _, sh := range s.structs() {
		if sh.Input && sh.needsCheck() {
			f.emitCheckStruct(sh)
		}
	}
	for _, sh := range s.Shapes {
		if !sh.Input || sh.composite() || !sh.needsCheck() {
			continue
		}
		switch sh.Kind {
		case kindList:
			f.emitCheckList(sh)
		case kindMap:
			f.emitCheckMap(sh)
		default:
			f.emitCheckScalar(sh)
		}
	}
	return f
}

func (f *file) emitCheckStruct(sh *shape) {
	f.printf("func (v *%s) check(c *awswire.Checker) {\n", goName(sh.Name))
	if sh.Sensitive {
		f.printf("c.Hide()\ndefer c.Show()\n")
	}
	if sh.Kind == kindUnion {
		f.printf("set := 0\n")
	}
	for _, m := range sh.Members {
		if sh.Kind == kindUnion {
			f.printf("if v.%s != nil {\nset++\n", goName(m.Name))
			f.emitCheckValue(m, sh)
			f.printf("}\n")
			continue
		}
		f.emitCheckMember(m, sh)
	}
	if sh.Kind == kindUnion {
		f.printf("c.One(set, %q)\n", unionNames(sh))
	}
	f.printf("}\n\n")
}

func unionNames(sh *shape) string {
	var names []string
	for _, m := range sh.Members {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}

// emitCheckMember checks that a required member is there, and what it holds.
func (f *file) emitCheckMember(m *member, owner *shape) {
	field := "v." + goName(m.Name)
	checks := m.Shape.needsCheck()
	switch {
	case m.Required && m.Location == inURI: // a path that matched has its labels
		f.emitCheckValue(m, owner)
	case m.Required && m.absentable(owner):
		if !checks {
			f.printf("c.Given(%q)\n", m.Name)
			return
		}
		f.printf("if c.Given(%q) {\n", m.Name)
		f.emitCheckValue(m, owner)
		f.printf("}\n")
	case m.Required:
		f.printf("if %s == nil {\nc.Absent(%q)\n}", field, m.Name)
		if checks {
			f.printf(" else {\n")
			f.emitCheckValue(m, owner)
			f.printf("}")
		}
		f.printf("\n")
	case checks:
		f.printf("if %s != nil {\n", field)
		f.emitCheckValue(m, owner)
		f.printf("}\n")
	}
}

// emitCheckValue checks a value that is there.
func (f *file) emitCheckValue(m *member, owner *shape) {
	if !m.Shape.needsCheck() {
		return
	}
	field := "v." + goName(m.Name)
	if m.Shape.composite() {
		f.printf("c.Enter(%q)\n%s.check(c)\nc.Leave()\n", m.Name, field)
		return
	}
	if m.pointer(owner) {
		field = "*" + field
	}
	f.printf("check%s(c, %q, %s)\n", goName(m.Shape.Name), m.Name, field)
}

func (f *file) emitCheckScalar(sh *shape) {
	f.printf("func check%s(c *awswire.Checker, at string, v %s) {\n", goName(sh.Name), goType(sh))
	if sh.Sensitive {
		f.printf("c.Hide()\ndefer c.Show()\n")
	}
	switch sh.Kind {
	case kindString:
		if sh.Min != nil || sh.Max != nil {
			f.printf("c.Length(at, v, %s)\n", bounds(sh))
		}
		if sh.Pattern != "" {
			if sh.Adjust.Accept != "" {
				f.printf("if !awswire.%s(v) {\nc.Match(at, v, &%s)\n}\n", sh.Adjust.Accept, patternVar(sh))
			} else {
				f.printf("c.Match(at, v, &%s)\n", patternVar(sh))
			}
		}
	case kindEnum:
		f.printf("if !v.known() {\nc.Enum(at, string(v), %q)\n}\n", strings.Join(sh.Enum, ", "))
	case kindInt, kindLong:
		f.printf("c.Range(at, int64(v), %s)\n", bounds(sh))
	case kindFloat:
		f.printf("c.FloatRange(at, v, %s)\n", bounds(sh))
	case kindBlob:
		f.printf("c.Size(at, len(v), %s)\n", bounds(sh))
	}
	f.printf("}\n\n")
	if sh.Kind == kindEnum {
		f.emitKnown(sh)
	}
}

// emitKnown writes whether an enum's value is one of those listed.
func (f *file) emitKnown(sh *shape) {
	var names []string
	for _, v := range sh.Enum {
		names = append(names, constName(sh.Name, v))
	}
	f.printf("func (v %s) known() bool {\nswitch v {\ncase %s:\nreturn true\n}\nreturn false\n}\n\n", goName(sh.Name), strings.Join(names, ",\n"))
}

// bounds prints a minimum and maximum, with awswire.None for one that is not set.
func bounds(sh *shape) string {
	text := func(v *float64) string {
		if v == nil {
			return "awswire.None"
		}
		return fmt.Sprintf("%d", int64(*v))
	}
	return text(sh.Min) + ", " + text(sh.Max)
}

func (f *file) emitCheckList(sh *shape) {
	f.printf("func check%s(c *awswire.Checker, at string, v %s) {\n", goName(sh.Name), goType(sh))
	if sh.Sensitive {
		f.printf("c.Hide()\ndefer c.Show()\n")
	}
	if sh.Min != nil || sh.Max != nil {
		f.printf("c.Count(at, len(v), %s, %s)\n", printer(sh), bounds(sh))
	}
	switch {
	case sh.Elem.composite():
		body := ""
		if sh.Elem.needsCheck() {
			body = "v[i].check(c)\n"
		}
		f.printf("c.Enter(at)\nfor i := range v {\nif c.Item(i) {\n%sc.Leave()\n}\n}\nc.Leave()\n", body)
	default:
		f.printf("c.Items(at, len(v))\n")
		if sh.Elem.needsCheck() {
			f.printf("for i := range v {\nif !%s {\nc.Members(at, %s, %q)\nreturn\n}\n}\n", f.holds(sh.Elem, "v[i]"), printer(sh), rule(sh.Elem))
		}
	}
	f.printf("}\n\n")
}

func (f *file) emitCheckMap(sh *shape) {
	f.printf("func check%s(c *awswire.Checker, at string, v %s) {\n", goName(sh.Name), goType(sh))
	if sh.Sensitive {
		f.printf("c.Hide()\ndefer c.Show()\n")
	}
	if sh.Min != nil || sh.Max != nil {
		f.printf("c.Count(at, len(v), %s, %s)\n", printer(sh), bounds(sh))
	}
	if sh.Key.needsCheck() {
		f.printf("for key := range v {\nif !%s {\nc.Keys(at, %s, %q)\nbreak\n}\n}\n", f.holds(sh.Key, "key"), printer(sh), rule(sh.Key))
	}
	switch {
	case sh.Elem.composite():
		f.use("maps")
		f.use("slices")
		f.printf("c.Enter(at)\nfor _, key := range slices.Sorted(maps.Keys(v)) {\nitem := v[key]\nc.Entry(key)\nitem.check(c)\nc.Leave()\n}\nc.Leave()\n")
	case sh.Elem.needsCheck():
		f.printf("for _, item := range v {\nif !%s {\nc.Values(at, %s, %q)\nbreak\n}\n}\n", f.holds(sh.Elem, "item"), printer(sh), rule(sh.Elem))
	}
	f.printf("}\n\n")
}

// printer is the expression that prints a container in a violation, or nil where that would reveal
// a secret or be a dump of structures.
func printer(sh *shape) string {
	switch {
	case sh.Sensitive || sh.Elem.Sensitive:
		return "nil"
	case sh.Elem.composite() && sh.Kind == kindList:
		return "awswire.PrintEmpty(len(v))"
	case sh.Elem.composite():
		return "nil"
	case sh.Kind == kindList:
		return "awswire.PrintList(v)"
	}
	return "awswire.PrintMap(v)"
}

// holds is the condition that a scalar inside a container keeps its rule, or a list of scalars there.
func (f *file) holds(sh *shape, v string) string {
	var parts []string
	switch sh.Kind {
	case kindEnum:
		parts = append(parts, v+".known()")
	case kindString:
		if sh.Min != nil || sh.Max != nil {
			parts = append(parts, fmt.Sprintf("awswire.LengthWithin(%s, %s)", v, bounds(sh)))
		}
		if sh.Pattern != "" {
			parts = append(parts, fmt.Sprintf("%s.Match(%s)", patternVar(sh), v))
		}
	case kindList:
		if sh.Min != nil || sh.Max != nil || sh.Elem.composite() {
			panic(fmt.Sprintf("BUG: no rule for the lengths and structures of %s inside a container", sh.Name))
		}
		parts = append(parts, fmt.Sprintf("awswire.Each(%s, func(item %s) bool { return %s })", v, goType(sh.Elem), f.holds(sh.Elem, "item")))
	default:
		panic(fmt.Sprintf("BUG: no rule for %s inside a container", sh.Name))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " && ") + ")"
}

// rule is the sentence of a scalar's constraints inside a container.
func rule(sh *shape) string {
	if sh.Kind == kindList {
		return "[Member must satisfy constraint: " + rule(sh.Elem) + "]"
	}
	var parts []string
	if sh.Max != nil {
		parts = append(parts, fmt.Sprintf("Member must have length less than or equal to %d", int64(*sh.Max)))
	}
	if sh.Min != nil {
		parts = append(parts, fmt.Sprintf("Member must have length greater than or equal to %d", int64(*sh.Min)))
	}
	if sh.Pattern != "" {
		parts = append(parts, "Member must satisfy regular expression pattern: "+spell(sh.Pattern))
	}
	if sh.Kind == kindEnum {
		parts = append(parts, "Member must satisfy enum value set: ["+strings.Join(sh.Enum, ", ")+"]")
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
