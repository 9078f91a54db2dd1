package simulator

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

func TestGenerateFitsTheSchema(t *testing.T) {
	for _, test := range []struct{ name, schema string }{
		{"nothing demanded", `{}`},
		{"true", `true`},
		{"object", `{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}`},
		{"required but not listed", `{"type":"object","required":["a","b"]}`},
		{"required of a kind", `{"type":"object","required":["a"],"additionalProperties":{"type":"integer"}}`},
		{"closed", `{"type":"object","properties":{"a":{"type":"null"}},"additionalProperties":false}`},
		{"minProperties", `{"type":"object","minProperties":3,"additionalProperties":{"enum":[7]}}`},
		{"minProperties counts listed ones", `{"type":"object","minProperties":2,"additionalProperties":false,"properties":{"a":{},"b":{}}}`},
		{"name to escape", `{"type":"object","properties":{"a\"b\\\u0001":{"type":"boolean"}},"required":["a\"b\\\u0001"]}`},
		{"enum", `{"enum":["a",1,null,{"b":[2]}]}`},
		{"enum of a type", `{"type":"integer","enum":["a",1,2.5]}`},
		{"const", `{"const":{"a":[1,2,"x"]}}`},
		{"types", `{"type":["null","string"]}`},
		{"null", `{"type":"null"}`},
		{"integer bounds", `{"type":"integer","minimum":3,"maximum":4}`},
		{"integer between fractions", `{"type":"integer","minimum":2.5,"maximum":3.5}`},
		{"exclusive bounds", `{"type":"integer","exclusiveMinimum":3,"exclusiveMaximum":5}`},
		{"exclusive as in draft 4", `{"type":"integer","minimum":3,"exclusiveMinimum":true,"maximum":4}`},
		{"negative", `{"type":"integer","maximum":-10}`},
		{"high", `{"type":"integer","minimum":1000000}`},
		{"multiple", `{"type":"integer","minimum":10,"multipleOf":7}`},
		{"fraction of a multiple", `{"type":"integer","minimum":1,"multipleOf":2.5}`},
		{"cents", `{"type":"number","minimum":0,"maximum":1,"multipleOf":0.01}`},
		{"number", `{"type":"number","minimum":0.5,"maximum":0.50001}`},
		{"number between exclusive", `{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1e-9}`},
		{"array", `{"type":"array","items":{"type":"string"},"minItems":3,"maxItems":3}`},
		{"empty array", `{"type":"array","maxItems":0}`},
		{"no item allowed", `{"type":"array","items":false}`},
		{"tuple", `{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":{"type":"null"},"minItems":4}`},
		{"unique", `{"type":"array","items":{"enum":[1,2,3]},"minItems":3,"uniqueItems":true}`},
		{"string lengths", `{"type":"string","minLength":40,"maxLength":41}`},
		{"empty string", `{"type":"string","maxLength":0}`},
		{"short string", `{"type":"string","maxLength":3}`},
		{"pattern", `{"type":"string","pattern":"^[A-Z]{3}-\\d{2,4}(x|y)?$"}`},
		{"pattern of a length", `{"type":"string","pattern":"^[a-z]+$","minLength":20,"maxLength":30}`},
		{"pattern open at the end", `{"type":"string","pattern":"^id-","minLength":20}`},
		{"date-time", `{"type":"string","format":"date-time"}`},
		{"uuid", `{"type":"string","format":"uuid"}`},
		{"email", `{"type":"string","format":"email"}`},
		{"ipv4", `{"type":"string","format":"ipv4"}`},
		{"date", `{"type":"string","format":"date"}`},
		{"reference", `{"type":"object","properties":{"p":{"$ref":"#/$defs/point"}},"$defs":{"point":{"type":"array","items":{"type":"number"},"minItems":2,"maxItems":2}}}`},
		{"reference with a tilde", `{"$ref":"#/$defs/a~1b","$defs":{"a/b":{"const":1}}}`},
		{"reference and more", `{"$ref":"#/$defs/low","maximum":6,"$defs":{"low":{"type":"integer","minimum":5}}}`},
		{"recursive", `{"type":"object","properties":{"v":{"type":"integer"},"next":{"$ref":"#"}},"required":["v"]}`},
		{"recursive through anyOf", `{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","required":["l","r"],"properties":{"l":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]},"r":{"type":"array","items":{"$ref":"#/$defs/n"}}}}}}`},
		{"optional", `{"anyOf":[{"type":"null"},{"type":"string","minLength":2}]}`},
		{"anyOf beside properties", `{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"anyOf":[{"required":["b"]}]}`},
		{"oneOf by what is required", `{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"oneOf":[{"required":["a"]},{"required":["b"]}]}`},
		{"oneOf by a constant", `{"oneOf":[{"type":"object","properties":{"k":{"const":"x"},"n":{"type":"integer"}},"required":["k","n"]},{"type":"object","properties":{"k":{"const":"y"}},"required":["k"]}]}`},
		{"a branch that cannot be", `{"oneOf":[false,{"type":"string","minLength":3,"maxLength":2},{"type":"boolean"}]}`},
		{"allOf", `{"allOf":[{"type":"object","properties":{"a":{"type":"integer","minimum":5}},"required":["a"]},{"properties":{"a":{"maximum":5},"b":{"type":"string"}},"required":["b"]}]}`},
		{"allOf of enums", `{"allOf":[{"enum":["a","b"]},{"enum":["b","c"]}]}`},
		{"allOf of types", `{"allOf":[{"type":["number","string"]},{"type":"integer"}]}`},
		{"nested", `{"type":"object","properties":{"a":{"type":"array","minItems":2,"items":{"type":"object","properties":{"b":{"type":"object","properties":{"c":{"enum":["x"]}},"required":["c"]}},"required":["b"]}}},"required":["a"]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(20) {
				got, err := generate(jsontext.Value(test.schema), &dice{seed}, kindAny)
				if err != nil {
					t.Fatal(err)
				}
				if !got.IsValid() {
					t.Fatalf("no JSON: %s", got)
				}
				if err := validate(test.schema, got); err != nil {
					t.Fatalf("%s does not fit: %v", got, err)
				}
				again, _ := generate(jsontext.Value(test.schema), &dice{seed}, kindAny)
				if string(again) != string(got) {
					t.Fatalf("not deterministic: %s, then %s", got, again)
				}
			}
		})
	}
}

func TestGenerateRefuses(t *testing.T) {
	for _, test := range []struct{ name, schema, want string }{
		{"no JSON", `{"type":`, "cannot be read"},
		{"not a schema", `[1]`, "cannot be read"},
		{"wrong keyword", `{"type":"object","properties":[1]}`, "must be an object"},
		{"unknown type", `{"type":"date"}`, "no JSON type"},
		{"false", `false`, "exclude each other"},
		{"bounds crossed", `{"type":"integer","minimum":5,"maximum":4}`, "exclude each other"},
		{"types apart", `{"allOf":[{"type":"string"},{"type":"integer"}]}`, "exclude each other"},
		{"enum of another type", `{"type":"string","enum":[1]}`, "exclude each other"},
		{"lengths crossed", `{"type":"string","minLength":5,"maxLength":4}`, "exclude each other"},
		{"too few to be unique", `{"type":"array","items":{"type":"boolean"},"minItems":3,"uniqueItems":true}`, "uniqueItems"},
		{"foreign reference", `{"$ref":"https://example.com/x"}`, "leads out of"},
		{"dangling reference", `{"$ref":"#/$defs/x"}`, "leads nowhere"},
		{"reference to itself", `{"$ref":"#"}`, "levels deep"},
		{"endless", `{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}`, "levels deep"},
		{"wide without end", `{"allOf":[{"$ref":"#"},{"$ref":"#"}]}`, ""},
		{"alternatives without end", `{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}`, ""},
		{"too many items", `{"type":"array","minItems":1000000000}`, "steps"},
		{"too many properties", `{"type":"object","minProperties":1000000000}`, "steps"},
		{"too long", `{"type":"string","minLength":1000000000}`, "limit"},
		{"too long a schema", `{"description":"` + strings.Repeat("x", maxSchema) + `"}`, "bytes"},
		{"too much text", `{"type":"array","minItems":15000,"items":{"type":"string","minLength":60000}}`, "steps"},
		{"too long a name", `{"type":"array","minItems":15000,"items":{"required":["` + strings.Repeat("x", 10_000) + `"]}}`, "steps"},
		{"too large a constant", `{"type":"array","minItems":15000,"items":{"const":"` + strings.Repeat("x", 10_000) + `"}}`, "steps"},
		{"pattern that never ends", `{"type":"string","pattern":"^((a{1000}){1000}){1000}$"}`, "pattern"},
		{"pattern of another engine", `{"type":"string","pattern":"(?=x)y"}`, "pattern"},
		{"pattern against its length", `{"type":"string","pattern":"^[a-z]{5}$","maxLength":4}`, "fits pattern"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := generate(jsontext.Value(test.schema), &dice{1}, kindAny)
			if err == nil {
				t.Fatalf("got %.200s, want an error", got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}

// TestGenerateRandomSchemas builds schemas that can be met, and meets them.
func TestGenerateRandomSchemas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schema := anySchema(t, 3)
		got, err := generate(jsontext.Value(schema), &dice{rapid.Uint64().Draw(t, "seed")}, kindAny)
		if err != nil {
			t.Fatalf("%s: %v", schema, err)
		}
		if err := validate(schema, got); err != nil {
			t.Fatalf("%s does not fit %s: %v", got, schema, err)
		}
	})
}

func TestGenerateBetweenEqualLimits(t *testing.T) {
	for seed := range uint64(1000) {
		got, err := generate(jsontext.Value(`{"type":"number","minimum":-3,"maximum":-3}`), &dice{seed}, kindAny)
		if err != nil || string(got) != "-3" {
			t.Fatalf("with the seed %d: %s, %v", seed, got, err)
		}
	}
}

func FuzzGenerate(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"$ref":"#"}},"required":["b"]}`, uint64(1))
	f.Add(`{"anyOf":[{"pattern":"^a+$"},{"allOf":[true,{"type":["null"]}]}],"multipleOf":1e-300}`, uint64(2))
	f.Add(`{"minimum":-1e308,"maximum":1e308}`, uint64(3))
	f.Add(`{"type":"number","maximum":-1e308,"multipleOf":1e308}`, uint64(4))
	f.Add(`{"type":"integer","minimum":-1e308,"maximum":1e308,"exclusiveMinimum":1}`, uint64(3))
	f.Fuzz(func(t *testing.T, schema string, seed uint64) {
		got, err := generate(jsontext.Value(schema), &dice{seed}, kindObject)
		if err == nil && !got.IsValid() {
			t.Errorf("%q is no JSON", got)
		}
	})
}
