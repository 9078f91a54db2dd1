package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// canonical builds the canonical request: method, path, query, headers, names of the headers and the body's hash, a
// line each. It is scratch space to be reused; nothing in it outlives one signature.
type canonical struct {
	buf    []byte
	query  []byte
	params []parameter // sorted
	stamp  [len(basicFormat)]byte
}

// start begins a canonical request with the method and the path, and parses the query: everything that can be malformed
// in a target.
func (c *canonical) start(method, path, query string) (err error) {
	c.buf = append(append(c.buf[:0], method...), '\n')
	if c.buf, err = appendPath(c.buf, path); err != nil {
		return err
	}
	c.buf = append(c.buf, '\n')
	return c.parseQuery(query)
}

// finish adds all that follows the path: the query without the named parameters, the signed headers, the body's hash. It
// reports false when a signed header is not there, or the request names another body's hash.
func (c *canonical) finish(r *http.Request, body []byte, signed string, without ...string) bool {
	c.appendQuery(without)
	return c.headers(r, signed) && c.payload(r, body)
}

// headers adds a line for each signed header, in the order they were signed, then their names. It reports false when
// a signed header is not there.
func (c *canonical) headers(r *http.Request, signed string) bool {
	for rest, more := signed, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, ";")
		c.buf = append(append(c.buf, name...), ':')
		if !c.header(r, name) {
			return false
		}
		c.buf = append(c.buf, '\n')
	}
	c.buf = append(c.buf, '\n')
	c.buf = append(c.buf, signed...)
	c.buf = append(c.buf, '\n')
	return true
}

// header adds the values of one header, joined by commas.
func (c *canonical) header(r *http.Request, name string) bool {
	if isHost(name) {
		c.buf = appendFolded(c.buf, r.Host)
		return true
	}
	var room [64]byte
	values := r.Header[string(appendMIMEKey(room[:0], name))]
	if len(values) == 0 {
		if name != "content-length" || r.ContentLength < 0 {
			return false
		}
		c.buf = strconv.AppendInt(c.buf, r.ContentLength, 10)
		return true
	}
	c.values(values)
	return true
}

func (c *canonical) values(values []string) {
	for i, v := range values {
		if i > 0 {
			c.buf = append(c.buf, ',')
		}
		c.buf = appendFolded(c.buf, v)
	}
}

// payload adds the body's hash. X-Amz-Content-SHA256 in the headers or the query may waive it, or repeat it; it reports
// false when that says anything else.
func (c *canonical) payload(r *http.Request, body []byte) bool {
	said, has := c.parameter(paramContentHash)
	if h := r.Header["X-Amz-Content-Sha256"]; len(h) > 0 {
		said, has = h[0], true
	}
	if said == unsignedPayload {
		c.buf = append(c.buf, unsignedPayload...)
		return true
	}
	sum := sha256.Sum256(body)
	at := len(c.buf)
	c.buf = hex.AppendEncode(c.buf, sum[:])
	return !has || string(c.buf[at:]) == said
}

const unsignedPayload = "UNSIGNED-PAYLOAD"

// signature signs the canonical request with a derived key, as lower-case hexadecimal.
func (c *canonical) signature(stamp []byte, s scope, key digest) (sig [2 * sha256.Size]byte) {
	sum := sha256.Sum256(c.buf)
	b := append(c.buf[:0], algorithm+"\n"...)
	b = append(append(b, stamp...), '\n')
	b = append(s.append(b), '\n')
	b = hex.AppendEncode(b, sum[:])
	c.buf = b
	mac := hmacSHA256(key[:], b)
	hex.Encode(sig[:], mac[:])
	return sig
}

// appendFolded adds a header value without the spaces around it and with one space where there were several.
func appendFolded(b []byte, v string) []byte {
	v = strings.TrimSpace(v)
	for i := range len(v) {
		if v[i] != ' ' || v[i-1] != ' ' { // never a space at 0
			b = append(b, v[i])
		}
	}
	return b
}

// appendMIMEKey spells a lower-case header name as http.Header does.
func appendMIMEKey(b []byte, name string) []byte {
	upper := true
	for i := range len(name) {
		ch := name[i]
		switch {
		case upper && 'a' <= ch && ch <= 'z':
			ch -= 'a' - 'A'
		case !upper && 'A' <= ch && ch <= 'Z':
			ch += 'a' - 'A'
		}
		b = append(b, ch)
		upper = ch == '-'
	}
	return b
}
