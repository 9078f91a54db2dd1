package awswire

import "github.com/outcrop/outcrop/internal/arn"

// PlainModelID reports whether s is an identifier of one of the kinds that nearly every call uses:
// a bare id, or the ARN of a foundation model or an inference profile. The models' expressions for
// identifiers take tens of microseconds on an ARN, so they run only for what is not plain.
// Foundation-model ARNs are taken with any number of version parts, though the expressions allow
// one: resolution knows which exist.
func PlainModelID(s string) bool {
	id, ok := arn.ParseIdentifier(s)
	if !ok || id.Kind == arn.OtherARN || !plainID(id.ID) {
		return false
	}
	if id.Kind == arn.Bare {
		return true
	}
	a := id.ARN
	if !plainPartition(string(a.Partition)) || !plainRegion(string(a.Region)) {
		return false
	}
	if id.Kind == arn.ModelARN {
		return a.Account == ""
	}
	return isAccount(string(a.Account))
}

// plainID reports whether s is [a-zA-Z0-9-:.]+.
func plainID(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == '/' || c == '_' {
			return false // ParseIdentifier has allowed nothing else
		}
	}
	return s != ""
}

func plainPartition(s string) bool {
	return s == "aws" || len(s) > 4 && s[:4] == "aws-"
}

// plainRegion reports whether s is [a-z0-9-]{1,20}.
func plainRegion(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 20
}

func isAccount(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 12
}
