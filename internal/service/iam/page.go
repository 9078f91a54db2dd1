package iam

import (
	"encoding/base64"
	"strings"
)

// defaultPage is how many items an answer has when the request does not say.
const defaultPage = 100

// page is the part of a list that one answer carries. Markers name the last item of the page before, so that what is made
// or deleted between two pages neither repeats an item nor leaves one out.
func page[T any](all []T, key func(T) string, marker *string, max *int) (part []T, truncated *bool, next *string, err error) {
	start := 0
	if marker != nil {
		last, err := base64.RawURLEncoding.DecodeString(*marker)
		if err != nil {
			return nil, nil, nil, invalid("Invalid Marker.")
		}
		start = after(all, key, string(last))
	}
	limit := defaultPage
	if max != nil {
		limit = *max
	}
	part = all[start:]
	if len(part) > limit {
		part = part[:limit]
		next = new(base64.RawURLEncoding.EncodeToString([]byte(key(part[limit-1]))))
	}
	return part, new(next != nil), next, nil
}

// after is where the item behind the last one stands. When that is gone, lists are taken to be sorted.
func after[T any](all []T, key func(T) string, last string) int {
	behind := len(all)
	for i, item := range all {
		switch c := strings.Compare(key(item), last); {
		case c == 0:
			return i + 1
		case c > 0 && behind == len(all):
			behind = i
		}
	}
	return behind
}

// mapped are the items of an answer. It is never nil: an empty list is written down.
func mapped[T, A any](items []T, item func(T) A) []A {
	out := make([]A, len(items))
	for i := range items {
		out[i] = item(items[i])
	}
	return out
}

// text is the key of lists of texts.
func text(s string) string { return s }
