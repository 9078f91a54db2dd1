package upstream

import (
	"bytes"
	"io"
	"math"
	"strconv"
	"strings"
)

// maxInterim is how many 1xx responses may come before the real one.
const maxInterim = 8

// readHead reads the head of the response into x, and decides how long its body is.
func (c *conn) readHead(method string, x *exchange, limit int) error {
	for range maxInterim {
		if err := c.readOne(x, limit); err != nil {
			return err
		}
		switch {
		case x.Status >= 200:
			return x.frame(method)
		case x.Status == 101:
			return protocolError("a switch of protocols that nobody asked for")
		}
	}
	return protocolError("more than " + strconv.Itoa(maxInterim) + " interim responses")
}

// readOne reads a status line and the header lines behind it.
func (c *conn) readOne(x *exchange, limit int) error {
	if _, err := c.read.Peek(1); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // nobody must take it for the end of a complete body
		}
		return err
	}
	c.answered = true
	line, err := c.line()
	if err != nil {
		return err
	}
	if err := x.status(line); err != nil {
		return err
	}
	var text []byte // reused for the next head, so it is copied once when complete
	text = c.write[:0]
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		if len(text)+len(line) > limit {
			return protocolError("a head larger than " + strconv.Itoa(limit) + " bytes")
		}
		text = append(append(text, line...), '\n')
	}
	c.write = text[:0]
	return x.parseFields(string(text))
}

// status reads "HTTP/1.1 200 OK".
func (x *exchange) status(line []byte) error {
	rest, ok := bytes.CutPrefix(line, []byte("HTTP/1."))
	if !ok || len(rest) < 5 || rest[0] > '1' || rest[0] < '0' || rest[1] != ' ' || len(rest) > 5 && rest[5] != ' ' {
		return protocolError("no status line of HTTP/1")
	}
	x.Status = 0
	for _, digit := range rest[2:5] {
		if digit < '0' || digit > '9' {
			return protocolError("a status that is no number")
		}
		x.Status = x.Status*10 + int(digit-'0')
	}
	if x.Status < 100 {
		return protocolError("a status below 100")
	}
	x.body.lost = rest[0] == '0' // HTTP/1.0 keeps no connection
	return nil
}

// parseFields cuts the header lines of text, each ended by a line feed.
func (x *exchange) parseFields(text string) error {
	x.Header = x.fields[:0]
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		name, value, ok := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !ok || !isToken(name) || !isText(value) {
			return protocolError("a header line that is none")
		}
		x.Header = append(x.Header, Field{name, value})
	}
	return nil
}

// frame finds how the body is delimited. Whatever could be read in two ways is refused.
func (x *exchange) frame(method string) error {
	x.Length = -1
	chunked := false
	for _, f := range x.Header {
		switch {
		case strings.EqualFold(f.Name, "Content-Length"):
			n, err := parseLength(f.Value)
			if err != nil {
				return err
			}
			if x.Length >= 0 {
				return protocolError("two content lengths")
			}
			x.Length = n
		case strings.EqualFold(f.Name, "Transfer-Encoding"):
			if chunked || !strings.EqualFold(f.Value, "chunked") {
				return protocolError("a transfer encoding other than chunked")
			}
			chunked = true
		case strings.EqualFold(f.Name, "Connection"):
			x.body.lost = x.body.lost || hasClose(f.Value)
		}
	}
	switch {
	case chunked && x.Length >= 0:
		return protocolError("both a content length and chunks")
	case method == "HEAD" || x.Status == 204 || x.Status == 304:
		x.Length = 0
	case chunked:
		x.body.framing = byChunks
	case x.Length >= 0:
		x.body.framing, x.body.left = byLength, x.Length
	default:
		x.body.framing, x.body.lost = byClose, true
	}
	return nil
}

// parseLength takes digits alone: no sign, no list, no overflow.
func parseLength(s string) (int64, error) {
	n := int64(0)
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 || n > (math.MaxInt64-int64(d))/10 {
			return 0, protocolError("a content length that is no length")
		}
		n = n*10 + int64(d)
	}
	if s == "" {
		return 0, protocolError("an empty content length")
	}
	return n, nil
}

func hasClose(value string) bool {
	for more := true; more; {
		var option string
		option, value, more = strings.Cut(value, ",")
		if strings.EqualFold(strings.Trim(option, " \t"), "close") {
			return true
		}
	}
	return false
}
