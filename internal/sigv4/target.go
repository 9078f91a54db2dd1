package sigv4

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"github.com/outcrop/outcrop/internal/fault"
)

// rawTarget gives the path and the query of r as they stood in the request line. A request that never crossed a wire
// has none and gives those of its URL.
func rawTarget(r *http.Request) (path, query string, err error) {
	target := r.RequestURI
	if target == "" {
		path, query = urlTarget(r.URL)
		return path, query, nil
	}
	if scheme, rest, ok := strings.Cut(target, "://"); ok && !strings.ContainsAny(scheme, "/?") { // as sent to a proxy
		target = fromSlash(rest)
	}
	path, query, _ = strings.Cut(target, "?")
	if path != "" && path[0] != '/' {
		return "", "", fault.New(fault.Validation, "The request path must be absolute, got '%s'", echo(path))
	}
	return path, query, nil
}

// urlTarget gives the path and query that a client will write into its request line.
func urlTarget(u *url.URL) (path, query string) {
	if u.Opaque == "" {
		return u.EscapedPath(), u.RawQuery
	}
	path, _, _ = strings.Cut(fromSlash(strings.TrimPrefix(u.Opaque, "//")), "?")
	return path, u.RawQuery
}

// fromSlash cuts what stands before the path.
func fromSlash(s string) string {
	if i := strings.IndexAny(s, "/?"); i >= 0 {
		return s[i:]
	}
	return ""
}

// appendPath adds the path as it is signed: without empty and dot segments, and with every byte escaped that is not
// unreserved, the percent signs of its own escapes included.
func appendPath(b []byte, path string) ([]byte, error) {
	if err := checkEscapes(path, fault.Validation); err != nil {
		return b, err
	}
	root := len(b)
	for rest, more := strings.TrimPrefix(path, "/"), true; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		switch segment {
		case "", ".":
		case "..":
			if len(b) == root {
				return b, fault.New(fault.Validation, "The request path leads above its root: '%s'", echo(path))
			}
			b = b[:root+bytes.LastIndexByte(b[root:], '/')]
		default:
			b = appendEscaped(append(b, '/'), segment)
		}
	}
	if len(b) == root || strings.HasSuffix(path, "/") {
		b = append(b, '/')
	}
	return b, nil
}

// appendEscaped escapes every byte that is not unreserved.
func appendEscaped(b []byte, s string) []byte {
	for i := range len(s) {
		b = appendByte(b, s[i])
	}
	return b
}

// appendNormalised undoes the escapes of a query's name or value and escapes it the canonical way.
func appendNormalised(b []byte, s string) ([]byte, error) {
	if err := checkEscapes(s, fault.MalformedQuery); err != nil {
		return b, err
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '%':
			b = appendByte(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		case '+':
			b = appendByte(b, ' ')
		default:
			b = appendByte(b, c)
		}
	}
	return b, nil
}

func appendByte(b []byte, c byte) []byte {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~':
		return append(b, c)
	}
	const digits = "0123456789ABCDEF"
	return append(b, '%', digits[c>>4], digits[c&15])
}

const truncatedEscape = "Incomplete trailing escape % sequence"

// checkEscapes refuses, with a code, a percent sign that two hexadecimal digits do not follow.
func checkEscapes(s string, code fault.Code) error {
	for {
		i := strings.IndexByte(s, '%')
		switch {
		case i < 0:
			return nil
		case i+2 >= len(s):
			return fault.New(code, "%s", truncatedEscape)
		case !isHex(s[i+1]) || !isHex(s[i+2]):
			return fault.New(code, "Illegal hex character in escape %% pattern: %s", echo(s[i:i+3]))
		}
		s = s[i+3:]
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unhex is the value of a hexadecimal digit.
func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
