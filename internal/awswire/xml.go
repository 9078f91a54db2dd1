package awswire

import (
	"encoding/base64"
	"time"
	"unicode/utf8"
)

// XMLOutput is an answer that can write its members as XML elements.
type XMLOutput interface{ AppendXML(b []byte) []byte }

// XML answers with what an operation returned, in the envelope of the query protocol. A nil out is the answer of an
// operation that returns nothing.
func (w *Response) XML(namespace, operation string, out XMLOutput) error {
	b := append(append(w.Buffer(), '<'), operation...)
	b = append(AppendText(append(b, `Response xmlns="`...), namespace), `">`...)
	if out != nil {
		b = append(append(append(b, '<'), operation...), `Result>`...)
		b = out.AppendXML(b)
		b = append(append(append(b, `</`...), operation...), `Result>`...)
	}
	b = AppendText(append(b, `<ResponseMetadata><RequestId>`...), w.call.RequestID)
	b = append(append(append(b, `</RequestId></ResponseMetadata></`...), operation...), `Response>`...)
	w.buf = b
	w.Header()["Content-Type"] = []string{contentXML}
	return w.Bytes(200, b)
}

// AppendText appends s as the text of an XML element, or between the quotes of an attribute. What XML cannot say, and
// bytes that are no UTF-8, become U+FFFD.
func AppendText(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		text := textEscape(r, size)
		if text == "" {
			i += size
			continue
		}
		b = append(append(b, s[start:i]...), text...)
		i += size
		start = i
	}
	return append(b, s[start:]...)
}

// textEscape is what stands for a rune that cannot stand for itself.
func textEscape(r rune, size int) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	case '\r': // a parser would make a line feed of it
		return "&#xD;"
	case '\t', '\n':
		return ""
	case utf8.RuneError:
		if size == 1 {
			return "\uFFFD"
		}
		return ""
	}
	if r < ' ' || r == 0xFFFE || r == 0xFFFF {
		return "\uFFFD"
	}
	return ""
}

// AppendTextBlob appends bytes as base64.
func AppendTextBlob(b, blob []byte) []byte { return base64.StdEncoding.AppendEncode(b, blob) }

// AppendTextTime appends a time in ISO 8601, in UTC and whole seconds, as the services that speak XML have it.
func AppendTextTime(b []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(b, "2006-01-02T15:04:05Z")
}
