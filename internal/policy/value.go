package policy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/identity"
)

// value is what a request has for a condition key: nothing, one thing, or several.
type value struct {
	kind    valueKind
	text    string
	number  int64 // milliseconds since 1970, or a count
	address netip.Addr
	list    []string
	tags    identity.Tags
}

type valueKind uint8

const (
	noValue valueKind = iota
	textValue
	instantValue // number has milliseconds
	numberValue
	addressValue
	listValue
	tagsValue // the keys of tags
)

func text(s string) value { return value{kind: textValue, text: s}.unless(s == "") }

func truth(b bool) value {
	if b {
		return text("true")
	}
	return text("false")
}

func instant(t time.Time) value {
	return value{kind: instantValue, number: t.UnixMilli()}.unless(t.IsZero())
}

func epoch(t time.Time) value {
	return value{kind: numberValue, number: t.Unix()}.unless(t.IsZero())
}

func seconds(d time.Duration) value {
	return value{kind: numberValue, number: int64(d / time.Second)}
}

// tagged is the value of a tag whose key is the given one, in whatever case. An empty value is a value.
func tagged(tags identity.Tags, small string) value {
	for i := range tags {
		if strings.EqualFold(tags[i].Key, small) {
			return value{kind: textValue, text: tags[i].Value}
		}
	}
	return value{}
}

// unless is v, or nothing when absent holds.
func (v value) unless(absent bool) value {
	if absent {
		return value{}
	}
	return v
}

// len is how many things the value is.
func (v *value) len() int {
	switch v.kind {
	case noValue:
		return 0
	case listValue:
		return len(v.list)
	case tagsValue:
		return len(v.tags)
	}
	return 1
}

// at is the i-th of them. It is the value itself when that is one.
func (v *value) at(i int) value {
	switch v.kind {
	case listValue:
		return value{kind: textValue, text: v.list[i]}
	case tagsValue:
		return value{kind: textValue, text: v.tags[i].Key}
	}
	return *v
}

// single is the text of a value that is exactly one thing.
func (v *value) single() (string, bool) {
	if v.len() != 1 {
		return "", false
	}
	only := v.at(0)
	return only.string(), true
}

// string is a single value as text. Only instants, numbers and addresses cost memory.
func (v *value) string() string {
	switch v.kind {
	case instantValue:
		return time.UnixMilli(v.number).UTC().Format("2006-01-02T15:04:05Z")
	case numberValue:
		return strconv.FormatInt(v.number, 10)
	case addressValue:
		return v.address.String()
	}
	return v.text
}

// instant is a single value as milliseconds since 1970.
func (v *value) instant() (int64, bool) {
	switch v.kind {
	case instantValue:
		return v.number, true
	case numberValue:
		return v.number * 1000, true
	}
	return parseInstant(v.text)
}

// float is a single value as a number.
func (v *value) float() (float64, bool) {
	switch v.kind {
	case numberValue:
		return float64(v.number), true
	case instantValue:
		return float64(v.number / 1000), true
	}
	return parseNumber(v.text)
}

// ip is a single value as an address.
func (v *value) ip() (netip.Addr, bool) {
	if v.kind == addressValue {
		return v.address, true
	}
	a, err := netip.ParseAddr(v.text)
	return a.Unmap(), err == nil
}
