package sigv4

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
)

// parameter is one normalised "key=value" in canonical.query.
type parameter struct{ start, equals, end int }

// parseQuery escapes every name and value of a query one way, and sorts them by name, then by value. Empty parts fall
// out; a name without "=" gets one.
func (c *canonical) parseQuery(raw string) error {
	c.query, c.params = c.query[:0], c.params[:0]
	var err error
	for more := raw != ""; more; {
		var part string
		part, raw, more = strings.Cut(raw, "&")
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		p := parameter{start: len(c.query)}
		if c.query, err = appendNormalised(c.query, name); err != nil {
			return err
		}
		p.equals = len(c.query)
		c.query = append(c.query, '=')
		if c.query, err = appendNormalised(c.query, value); err != nil {
			return err
		}
		p.end = len(c.query)
		c.params = append(c.params, p)
	}
	slices.SortFunc(c.params, func(a, b parameter) int {
		if d := bytes.Compare(c.query[a.start:a.equals], c.query[b.start:b.equals]); d != 0 {
			return d
		}
		return bytes.Compare(c.query[a.equals:a.end], c.query[b.equals:b.end])
	})
	return nil
}

// parameter is the value of a name that needs no escape, as it stands first in the query.
func (c *canonical) parameter(name string) (value string, ok bool) {
	first := parameter{start: len(c.query)}
	for _, p := range c.params {
		if p.start < first.start && string(c.query[p.start:p.equals]) == name {
			first, ok = p, true
		}
	}
	if !ok {
		return "", false
	}
	value, err := url.PathUnescape(string(c.query[first.equals+1 : first.end]))
	if err != nil {
		panic("BUG: a value was escaped wrongly: " + err.Error())
	}
	return value, true
}

// appendQuery adds the query's line, without parameters of some names.
func (c *canonical) appendQuery(without []string) {
	separate := false
	for _, p := range c.params {
		if slices.Contains(without, string(c.query[p.start:p.equals])) {
			continue
		}
		if separate {
			c.buf = append(c.buf, '&')
		}
		c.buf = append(c.buf, c.query[p.start:p.end]...)
		separate = true
	}
	c.buf = append(c.buf, '\n')
}
