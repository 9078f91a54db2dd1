package simulator

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// schema is the part of JSON Schema that generated values keep to. Every other keyword is ignored,
// among them not, if, dependentSchemas and contains.
type schema struct {
	Ref   string           `json:"$ref"`
	Type  kinds            `json:"type"`
	Const jsontext.Value   `json:"const"`
	Enum  []jsontext.Value `json:"enum"`
	AllOf []schema         `json:"allOf"`
	AnyOf []schema         `json:"anyOf"`
	OneOf []schema         `json:"oneOf"`

	Properties    properties `json:"properties"`
	Required      []string   `json:"required"`
	Additional    *schema    `json:"additionalProperties"`
	MinProperties int        `json:"minProperties"`

	Items       *schema  `json:"items"`
	PrefixItems []schema `json:"prefixItems"`
	MinItems    int      `json:"minItems"`
	MaxItems    *int     `json:"maxItems"`
	UniqueItems bool     `json:"uniqueItems"`

	MinLength int    `json:"minLength"`
	MaxLength *int   `json:"maxLength"`
	Format    string `json:"format"`
	Pattern   string `json:"pattern"`

	Minimum    *float64 `json:"minimum"`
	Maximum    *float64 `json:"maximum"`
	Above      bound    `json:"exclusiveMinimum"`
	Below      bound    `json:"exclusiveMaximum"`
	MultipleOf float64  `json:"multipleOf"`

	never bool // the schema false
}

// UnmarshalJSONFrom reads an object, or true and false, which allow everything and nothing.
func (s *schema) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	switch k := d.PeekKind(); k {
	case 't', 'f':
		s.never = k == 'f'
		return d.SkipValue()
	}
	type plain schema
	return json.UnmarshalDecode(d, (*plain)(s))
}

// kind is a JSON type by its JSON Schema name; kindAny leaves it open.
type kind string

const (
	kindAny     kind = ""
	kindObject  kind = "object"
	kindArray   kind = "array"
	kindString  kind = "string"
	kindInteger kind = "integer"
	kindNumber  kind = "number"
	kindBoolean kind = "boolean"
	kindNull    kind = "null"
)

// kinds is one type, or a list of which any will do.
type kinds []kind

// UnmarshalJSONFrom reads a string or a list of strings.
func (k *kinds) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == '[' {
		return json.UnmarshalDecode(d, (*[]kind)(k))
	}
	var one kind
	err := json.UnmarshalDecode(d, &one)
	*k = kinds{one}
	return err
}

// bound is an exclusive limit. The boolean of draft 4 makes the inclusive limit beside it exclusive.
type bound struct {
	value *float64
	flag  bool
}

// UnmarshalJSONFrom reads a number or a boolean.
func (b *bound) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	switch d.PeekKind() {
	case 't', 'f':
		return json.UnmarshalDecode(d, &b.flag)
	}
	return json.UnmarshalDecode(d, &b.value)
}

// properties keeps a schema's properties in the order it lists them.
type properties []property

type property struct {
	name   string
	schema schema
}

// UnmarshalJSONFrom reads an object of schemas.
func (p *properties) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if k := d.PeekKind(); k != '{' {
		return fmt.Errorf("properties must be an object, not %s", k)
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		next := property{name: name.String()}
		if err := json.UnmarshalDecode(d, &next.schema); err != nil {
			return err
		}
		*p = append(*p, next)
	}
	_, err := d.ReadToken()
	return err
}

// isNull reports whether the schema plainly allows nothing but null.
func (s *schema) isNull() bool { return len(s.Type) == 1 && s.Type[0] == kindNull }

// kind settles on one type: the first listed that is not null, else what the keywords speak of.
func (s *schema) kind(preferred kind) kind {
	for _, k := range s.Type {
		if k != kindNull {
			return k
		}
	}
	switch {
	case len(s.Type) > 0:
		return kindNull
	case s.Properties != nil, s.Required != nil, s.MinProperties > 0:
		return kindObject
	case s.Items != nil, s.PrefixItems != nil, s.MinItems > 0:
		return kindArray
	case s.Minimum != nil, s.Maximum != nil, s.Above.value != nil, s.Below.value != nil, s.MultipleOf != 0:
		return kindNumber
	case preferred != kindAny:
		return preferred
	default:
		return kindString
	}
}
