package awswire

import (
	"cmp"

	"github.com/outcrop/outcrop/internal/fault"
)

// ErrorName is what AWS calls an error, such as ThrottlingException, in the JSON protocols. It is "" without one.
func ErrorName(err error) string {
	if err == nil {
		return ""
	}
	public := fault.Public(err)
	return cmp.Or(public.Name, jsonError(public.Code).name)
}
