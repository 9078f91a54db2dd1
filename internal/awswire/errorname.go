package awswire

import "github.com/outcrop/outcrop/internal/fault"

// ErrorName is what AWS calls an error, such as ThrottlingException, in the JSON protocols. It is "" without one.
func ErrorName(err error) string {
	if err == nil {
		return ""
	}
	return jsonError(fault.Public(err).Code).name
}
