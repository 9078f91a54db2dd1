package policy

import (
	"encoding/base64"
	"net/netip"
	"strings"
)

// contextKeys turns context entries into condition keys. Each value must be of the entry's type.
func contextKeys(entries []ContextEntry) ([]Extra, error) {
	extra := make([]Extra, 0, len(entries))
	for _, e := range entries {
		if !strings.Contains(e.Name, ":") {
			return nil, invalidInput("Invalid context key name: %q. A key has the form service:Name, such as aws:SourceIp.", e.Name)
		}
		kind, list := strings.CutSuffix(e.Type, "List")
		if !list && len(e.Values) > 1 {
			return nil, invalidInput("The context key %s has the type %s and %d values: more than one need %[2]sList.", e.Name, e.Type, len(e.Values))
		}
		for _, v := range e.Values {
			fits, known := contextValue(kind, v)
			if !known {
				return nil, invalidInput("Invalid type %q of the context key %s: use string, numeric, boolean, ip, binary or date, or one of them followed by List.", e.Type, e.Name)
			}
			if !fits {
				return nil, invalidInput("Invalid value %q of the context key %s: it is not of the type %s.", v, e.Name, kind)
			}
		}
		extra = append(extra, Extra{e.Name, e.Values})
	}
	return extra, nil
}

// contextValue reports whether a value is of a type, and whether there is such a type.
func contextValue(kind, v string) (fits, known bool) {
	switch kind {
	case "", "string":
		return true, true
	case "numeric":
		_, fits = parseNumber(v)
	case "boolean":
		_, fits = parseTruth(v)
	case "date":
		_, fits = parseInstant(v)
	case "ip":
		_, err := netip.ParseAddr(v)
		fits = err == nil
	case "binary":
		_, err := base64.StdEncoding.DecodeString(v)
		fits = err == nil
	default:
		return false, false
	}
	return fits, true
}
