package sns

import (
	"encoding/base64"
	"slices"

	"github.com/outcrop/outcrop/internal/fault"

	api "github.com/outcrop/outcrop/internal/awsapi/sns"
)

// pageSize is how many topics or subscriptions SNS lists at a time.
const pageSize = 100

// page is the part of a list, sorted by name, that follows a token, and the token of the next.
func page[T any](all []T, token *string, name func(T) string) ([]T, *string, error) {
	if token != nil && *token != "" {
		after, err := base64.RawURLEncoding.DecodeString(*token)
		if err != nil {
			return nil, nil, fault.Named(fault.Validation, api.InvalidParameterException, "Invalid parameter: NextToken")
		}
		from := slices.IndexFunc(all, func(v T) bool { return name(v) > string(after) })
		if from < 0 {
			return nil, nil, nil
		}
		all = all[from:]
	}
	if len(all) <= pageSize {
		return all, nil, nil
	}
	next := base64.RawURLEncoding.EncodeToString([]byte(name(all[pageSize-1])))
	return all[:pageSize], &next, nil
}
