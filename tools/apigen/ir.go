package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// kind is what a shape is to Go and to every protocol.
type kind uint8

const (
	kindStruct kind = iota
	kindUnion
	kindList
	kindMap
	kindString
	kindEnum
	kindInt
	kindLong
	kindFloat
	kindBool
	kindBlob
	kindDocument
	kindTime
)

// service is one API, free of any protocol: codecs read it, and nothing here knows JSON or XML.
type service struct {
	target
	Source       string // where the facts come from, for the header
	Protocol     protocol
	TargetPrefix string // of X-Amz-Target, in the protocols that name an operation there
	Version      string // of the API
	Namespace    string // of its XML
	Operations   []*operation
	Shapes       []*shape // every shape the operations reach, by name
	Errors       []*apiError
}

type operation struct {
	Name          string
	Method, URI   string
	Status        int
	Input, Output *shape // nil for an operation that takes nothing, or returns nothing
	Stream        *shape // the event stream the output carries, or nil
	Unread        bool   // the server reads the body itself, when it needs to
}

// inputType names the Go type by which the server gets the input.
func (op *operation) inputType() string {
	if op.Unread {
		return "Unread" + goName(op.Input.Name)
	}
	return goName(op.Input.Name)
}

type shape struct {
	Name      string
	Kind      kind
	Members   []*member // of a structure, union or event stream, in the model's order
	Payload   string    // the member that is the whole body, or ""
	Key, Elem *shape
	// ElemName and KeyName are how the query protocol calls a list's items, and an entry's value and key.
	ElemName, KeyName string
	Enum              []string
	Min, Max          *float64
	Pattern           string
	TimestampFormat   string
	Adjust            adjustment

	Sensitive, EventStream, Exception bool
	// Input and Output say which way the shape travels: inputs are decoded and checked, outputs written.
	Input, Output bool

	checked *bool // whether anything in it can be violated, once known
}

// location is where a member of an input or output travels.
type location uint8

const (
	inBody location = iota
	inURI
	inQuery
	inHeader
	inPayload
)

type member struct {
	Name     string // in the model, and in violation paths
	Wire     string // on the wire
	Shape    *shape
	Location location
	Required bool
}

// builder turns a raw model into shapes, each once.
type builder struct {
	raw      *rawModel
	target   target
	protocol protocol
	shapes   map[string]*shape
}

// build makes the protocol-neutral form of one target.
func build(t target, m *rawModel, src source) (*service, error) {
	p, err := protocolOf(m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Service, err)
	}
	if p.xml && t.Client {
		return nil, fmt.Errorf("%s: a client of the query protocol is not generated yet", t.Service)
	}
	b := &builder{m, t, p, map[string]*shape{}}
	s := &service{
		target:   t,
		Source:   fmt.Sprintf("botocore %s, %s %s, %s", src.Version, t.Service, m.Metadata.APIVersion, m.Metadata.Protocol),
		Protocol: p, TargetPrefix: m.Metadata.TargetPrefix, Version: m.Metadata.APIVersion, Namespace: m.Metadata.XMLNamespace,
	}
	for _, name := range t.Operations {
		op, err := b.operation(name)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", t.Service, name, err)
		}
		s.Operations = append(s.Operations, op)
	}
	if s.Errors, err = b.errors(); err != nil {
		return nil, fmt.Errorf("%s: %w", t.Service, err)
	}
	s.Shapes = slices.SortedFunc(maps.Values(b.shapes), func(x, y *shape) int { return cmp.Compare(x.Name, y.Name) })
	return s, nil
}

func (b *builder) operation(name string) (*operation, error) {
	raw, ok := b.raw.Operations[name]
	if !ok {
		return nil, fmt.Errorf("the model has no such operation")
	}
	op := &operation{Name: name, Method: raw.HTTP.Method, URI: raw.HTTP.RequestURI, Status: cmp.Or(raw.HTTP.ResponseCode, 200)}
	op.Unread = slices.Contains(b.target.Unread, name)
	var err error
	if op.Input, err = b.whole(raw.Input); err != nil {
		return nil, err
	}
	if op.Output, err = b.whole(raw.Output); err != nil {
		return nil, err
	}
	if raw.Output != nil && b.protocol.xml && raw.Output.ResultWrapper != name+"Result" {
		return nil, fmt.Errorf("the result wrapper %q is not generated yet", raw.Output.ResultWrapper)
	}
	op.Stream = op.Output.stream()
	op.Input.markInput()
	for _, s := range b.shapes {
		if s.Input && s.Kind == kindTime && s.TimestampFormat != "unixTimestamp" {
			return nil, fmt.Errorf("timestamps in inputs (%s) are not generated yet", s.Name)
		}
	}
	op.Output.markOutput()
	return op, nil
}

// whole returns the shape of an input or output, or nil for one that an operation does not have.
func (b *builder) whole(ref *rawRef) (*shape, error) {
	if ref == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	return b.shape(ref.Shape)
}

// stream is the event stream an output carries, or nil.
func (s *shape) stream() *shape {
	if s == nil {
		return nil
	}
	for _, m := range s.Members {
		if m.Shape.EventStream {
			return m.Shape
		}
	}
	return nil
}

// shape returns the named shape, building it and all it reaches on first use.
func (b *builder) shape(name string) (*shape, error) {
	if s, ok := b.shapes[name]; ok {
		return s, nil
	}
	raw, ok := b.raw.Shapes[name]
	if !ok {
		return nil, fmt.Errorf("the model has no shape %s", name)
	}
	if raw.Flattened {
		return nil, fmt.Errorf("flattened lists and maps (%s) are not generated yet", name)
	}
	raw.TimestampFormat = cmp.Or(raw.TimestampFormat, b.protocol.timestamps)
	k, err := kindOf(raw)
	if err != nil {
		return nil, fmt.Errorf("shape %s: %w", name, err)
	}
	s := &shape{
		Name: name, Kind: k, Payload: raw.Payload, Enum: raw.Enum, Min: raw.Min, Max: raw.Max, Pattern: raw.Pattern,
		TimestampFormat: raw.TimestampFormat, Adjust: b.target.Adjust[name],
		Sensitive: raw.Sensitive, EventStream: raw.EventStream, Exception: raw.Exception,
	}
	if s.Adjust.Max != 0 {
		s.Max = new(float64(s.Adjust.Max))
	}
	b.shapes[name] = s
	return s, b.link(s, raw)
}

// link builds what a shape refers to.
func (b *builder) link(s *shape, raw rawShape) (err error) {
	if raw.Key != nil {
		s.KeyName = cmp.Or(raw.Key.LocationName, "key")
		if s.Key, err = b.shape(raw.Key.Shape); err != nil {
			return err
		}
	}
	if elem := cmp.Or(raw.Member, raw.Value); elem != nil {
		s.ElemName = cmp.Or(elem.LocationName, map[bool]string{false: "member", true: "value"}[elem == raw.Value])
		if s.Elem, err = b.shape(elem.Shape); err != nil {
			return err
		}
	}
	if s.Kind != kindStruct && s.Kind != kindUnion {
		return nil
	}
	for _, ref := range raw.Members {
		m := &member{Name: ref.Name, Wire: cmp.Or(ref.Value.LocationName, ref.Name), Required: slices.Contains(raw.Required, ref.Name)}
		if m.Location, err = locationOf(ref.Value.Location, ref.Name == raw.Payload); err != nil {
			return fmt.Errorf("%s.%s: %w", s.Name, ref.Name, err)
		}
		if m.Shape, err = b.shape(ref.Value.Shape); err != nil {
			return err
		}
		s.Members = append(s.Members, m)
	}
	return nil
}

func kindOf(raw rawShape) (kind, error) {
	if raw.Document {
		return kindDocument, nil
	}
	if raw.Type == "string" && len(raw.Enum) > 0 {
		return kindEnum, nil
	}
	if raw.Type == "structure" && (raw.Union || raw.EventStream) {
		return kindUnion, nil
	}
	kinds := map[string]kind{
		"structure": kindStruct, "list": kindList, "map": kindMap, "string": kindString, "integer": kindInt,
		"long": kindLong, "float": kindFloat, "double": kindFloat, "boolean": kindBool, "blob": kindBlob, "timestamp": kindTime,
	}
	k, ok := kinds[raw.Type]
	if !ok {
		return 0, fmt.Errorf("no Go form for type %q", raw.Type)
	}
	if k == kindTime && raw.TimestampFormat != "iso8601" && raw.TimestampFormat != "unixTimestamp" {
		return 0, fmt.Errorf("timestamp format %q is not generated yet", raw.TimestampFormat)
	}
	return k, nil
}

func locationOf(name string, payload bool) (location, error) {
	switch {
	case payload:
		return inPayload, nil
	case name == "":
		return inBody, nil
	case name == "uri":
		return inURI, nil
	case name == "querystring":
		return inQuery, nil
	case name == "header":
		return inHeader, nil
	}
	return 0, fmt.Errorf("location %q is not generated yet", name)
}

func (s *shape) markInput()  { s.mark(func(s *shape) *bool { return &s.Input }) }
func (s *shape) markOutput() { s.mark(func(s *shape) *bool { return &s.Output }) }

// mark sets a flag on everything s reaches.
func (s *shape) mark(flag func(*shape) *bool) {
	if s == nil || *flag(s) {
		return
	}
	*flag(s) = true
	s.Key.mark(flag)
	s.Elem.mark(flag)
	for _, m := range s.Members {
		m.Shape.mark(flag)
	}
}

// composite reports whether the Go form is a struct of its own.
func (s *shape) composite() bool { return s.Kind == kindStruct || s.Kind == kindUnion }

// scalar reports whether an optional value needs a pointer to tell absent from zero.
func (s *shape) scalar() bool {
	switch s.Kind {
	case kindString, kindEnum, kindInt, kindLong, kindFloat, kindBool:
		return true
	}
	return false
}

// body returns the members that travel in the body's JSON, query or XML.
func (s *shape) body() []*member {
	var list []*member
	for _, m := range s.Members {
		if m.Location == inBody && !m.Shape.EventStream {
			list = append(list, m)
		}
	}
	return list
}

// needsCheck reports whether a value of the shape can break a constraint.
func (s *shape) needsCheck() bool {
	if s.checked != nil {
		return *s.checked
	}
	s.checked = new(false) // a shape that contains itself adds nothing of its own
	yes := s.Min != nil || s.Max != nil || s.Pattern != "" || s.Kind == kindEnum || s.Kind == kindUnion
	for _, part := range []*shape{s.Key, s.Elem} {
		yes = yes || (part != nil && (part.needsCheck() || part.composite()))
	}
	for _, m := range s.Members {
		yes = yes || m.Required || m.Shape.needsCheck()
	}
	*s.checked = yes
	return yes
}
