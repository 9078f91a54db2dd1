package budgets

import (
	"encoding/base64"
	"slices"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/fault"
)

// page is the part of a sorted list behind a token, and the token of the next part; nil behind the last.
func page[T any](all []T, token *string, size *int, usual int, name func(T) string) ([]T, *string, error) {
	limit := usual
	if size != nil {
		limit = *size
	}
	if token != nil && *token != "" {
		after, err := tokenName(*token)
		if err != nil {
			return nil, nil, err
		}
		from := slices.IndexFunc(all, func(v T) bool { return name(v) > after })
		if from < 0 {
			return nil, nil, nil
		}
		all = all[from:]
	}
	if len(all) <= limit {
		return all, nil, nil
	}
	next := base64.RawURLEncoding.EncodeToString([]byte(tokenMark + name(all[limit-1])))
	return all[:limit], &next, nil
}

// tokenMark tells tokens from what is none.
const tokenMark = "after "

// pageInOrder is page for a list in another order than that of its names. A token counts as long as the item it was made
// from is there.
func pageInOrder[T any](all []T, token *string, size *int, usual int, name func(T) string) ([]T, *string, error) {
	if token != nil && *token != "" {
		after, err := tokenName(*token)
		if err != nil {
			return nil, nil, err
		}
		at := slices.IndexFunc(all, func(v T) bool { return name(v) == after })
		if at < 0 {
			return nil, nil, fault.Named(fault.Validation, api.ExpiredNextTokenException, "The pagination token expired.")
		}
		all = all[at+1:]
	}
	return page(all, nil, size, usual, name)
}

// tokenName is the name a token was made from.
func tokenName(token string) (string, error) {
	text, err := base64.RawURLEncoding.DecodeString(token)
	name, ok := strings.CutPrefix(string(text), tokenMark)
	if err != nil || !ok {
		return "", fault.Named(fault.Validation, api.InvalidNextTokenException, "The pagination token is invalid.")
	}
	return name, nil
}
