package awswire

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/outcrop/outcrop/internal/fault"
)

// param is one parameter of the query protocol.
type param struct{ name, value string }

const (
	// maxParams bounds how many parameters a request may have.
	maxParams = 1 << 15
	// maxForm bounds the bytes of a body that is looked at for parameters, which happens before anybody has been
	// authenticated. The largest documents that IAM takes are a tenth of it.
	maxForm = 1 << 20
)

const tooLarge = "The request has more than %d bytes of parameters"

// Reset makes the form begin with the parameters of a request: those of the body, and those of the address.
func (f *Form) Reset(address string, body []byte) {
	*f = Form{}
	if len(body) > maxForm {
		f.fail(tooLarge, maxForm)
		return
	}
	f.add(address)
	f.add(string(body))
	if f.err != nil {
		return
	}
	slices.SortFunc(f.params, func(a, b param) int { return comparePaths(a.name, b.name) })
	for i := 1; i < len(f.params); i++ {
		if name := f.params[i].name; name == f.params[i-1].name {
			f.fail("The parameter '%s' is given more than once", clip(name))
			return
		}
	}
	f.at = span{0, len(f.params), 0}
}

// add takes parameters apart.
func (f *Form) add(text string) {
	for part := range strings.SplitSeq(text, "&") {
		name, value, ok := cutParam(part)
		switch {
		case f.err != nil:
			return
		case part == "":
		case !ok:
			f.err = fault.New(fault.MalformedQuery, "The parameter '%s' has a malformed percent escape, or is not UTF-8.", clip(part))
		case len(f.params) == maxParams:
			f.fail("The request has more than %d parameters", maxParams)
		default:
			f.params = append(f.params, param{name, value})
		}
	}
}

// cutParam unescapes one "name=value".
func cutParam(part string) (name, value string, ok bool) {
	name, value, _ = strings.Cut(strings.ReplaceAll(part, "+", " "), "=")
	name, nameOK := unescape(name)
	value, valueOK := unescape(value)
	return name, value, nameOK && valueOK && utf8.ValidString(name) && utf8.ValidString(value)
}

// comparePaths orders names by their parts: Tags.member.2.Key stands before Tags.member.10.Key.
func comparePaths(a, b string) int {
	for {
		partA, restA, moreA := strings.Cut(a, ".")
		partB, restB, moreB := strings.Cut(b, ".")
		switch {
		case partA != partB:
			return compareParts(partA, partB)
		case !moreA || !moreB:
			return cmp.Compare(len(a), len(b))
		}
		a, b = restA, restB
	}
}

// compareParts puts numbers before names, and in their own order.
func compareParts(a, b string) int {
	if isNumber(a) && isNumber(b) {
		return cmp.Or(cmp.Compare(len(strings.TrimLeft(a, "0")), len(strings.TrimLeft(b, "0"))),
			cmp.Compare(strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")), cmp.Compare(a, b))
	}
	if isNumber(a) != isNumber(b) {
		if isNumber(a) {
			return -1
		}
		return 1
	}
	return cmp.Compare(a, b)
}

// isNumber reports whether a part is a number's digits.
func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Action is the operation that a request of the query protocol names, and the version of its API. Both are empty for a
// request of another protocol, and of one that is too large. The address may name them, or the body.
func Action(r *http.Request, body []byte) (action, version string) {
	if len(body) > maxForm || target(r) != "" || strings.Trim(RawPath(r), "/") != "" || r.Method != http.MethodPost && r.Method != http.MethodGet {
		return "", ""
	}
	for _, text := range [][]byte{[]byte(r.URL.RawQuery), body} {
		for part := range bytes.SplitSeq(text, []byte("&")) {
			if !bytes.HasPrefix(part, []byte("Action=")) && !bytes.HasPrefix(part, []byte("Version=")) {
				continue
			}
			switch name, value, ok := cutParam(string(part)); {
			case !ok:
			case name == "Action":
				action = value
			default:
				version = value
			}
		}
	}
	return action, version
}
