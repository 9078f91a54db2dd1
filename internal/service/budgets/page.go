package budgets

import (
	"encoding/base64"
	"slices"

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
		after, err := base64.RawURLEncoding.DecodeString(*token)
		if err != nil {
			return nil, nil, fault.Named(fault.Validation, api.InvalidNextTokenException, "The pagination token is invalid.")
		}
		from := slices.IndexFunc(all, func(v T) bool { return name(v) > string(after) })
		if from < 0 {
			return nil, nil, nil
		}
		all = all[from:]
	}
	if len(all) <= limit {
		return all, nil, nil
	}
	next := base64.RawURLEncoding.EncodeToString([]byte(name(all[limit-1])))
	return all[:limit], &next, nil
}
