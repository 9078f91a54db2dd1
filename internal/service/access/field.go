package access

import (
	"reflect"
	"strconv"

	"github.com/outcrop/outcrop/internal/identity"
)

// field is the text of an input's field, a string or a pointer to one; it is empty when there is none. The inputs of a
// large API differ in little but their types, and a rule for each of them would hide what the rules are.
func field(in any, name string) string {
	v := reflect.Indirect(reflect.ValueOf(in)).FieldByName(name)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.String {
		return ""
	}
	return v.String()
}

// number is the number in an input's field; empty when there is none.
func number(in any, name string) string {
	v := reflect.Indirect(reflect.ValueOf(in)).FieldByName(name)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() || !v.CanInt() {
		return ""
	}
	return strconv.FormatInt(v.Int(), 10)
}

// sub is the structure that an input's field points to; nil when there is none.
func sub(in any, name string) any {
	v := reflect.Indirect(reflect.ValueOf(in)).FieldByName(name)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil
	}
	return v.Interface()
}

// tagField are the tags in an input's field; nil when there is none.
func tagField(in any, name string) identity.Tags {
	v := reflect.Indirect(reflect.ValueOf(in)).FieldByName(name)
	if v.Kind() != reflect.Slice {
		return nil
	}
	out := make(identity.Tags, v.Len())
	for i := range out {
		t := v.Index(i).Interface()
		out[i] = identity.Tag{Key: field(t, "Key"), Value: field(t, "Value")}
	}
	return out
}

// keysField are the tag keys in an input's field; nil when there is none.
func keysField(in any, name string) []string {
	v := reflect.Indirect(reflect.ValueOf(in)).FieldByName(name)
	if !v.IsValid() {
		return nil
	}
	keys, _ := reflect.TypeAssert[[]string](v)
	return keys
}
