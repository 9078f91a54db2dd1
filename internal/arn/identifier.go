package arn

import "strings"

// Kind says what an identifier names, as far as its form alone can tell.
type Kind uint8

const (
	// Bare is an id without an ARN around it: a foundation model, a cross-region profile or an
	// application profile. Only the catalog and the account's profiles can tell which.
	Bare Kind = iota
	// ModelARN names a foundation model in one region.
	ModelARN
	// ProfileARN names a cross-region inference profile.
	ProfileARN
	// ApplicationARN names an application inference profile.
	ApplicationARN
	// OtherARN is a well-formed Bedrock or SageMaker ARN of something Outcrop does not serve,
	// such as a provisioned model or a prompt.
	OtherARN
)

// Identifier is the text a caller names a model with, taken apart.
type Identifier struct {
	Kind Kind
	ID   string // the id, or what follows the resource type in an ARN
	ARN  ARN    // the zero ARN when Kind is Bare
}

// maxIdentifier is the longest modelId that bedrock-runtime's model accepts.
const maxIdentifier = 2048

// ParseIdentifier takes a caller's identifier apart without allocating. It reports false for text
// that no Bedrock operation could mean: empty, too long, with characters outside
// [A-Za-z0-9._:/-], or an ARN that is incomplete or of another service.
func ParseIdentifier(s string) (Identifier, bool) {
	if s == "" || len(s) > maxIdentifier || !plain(s) {
		return Identifier{}, false
	}
	if !strings.HasPrefix(s, "arn:") {
		return Identifier{Kind: Bare, ID: s}, !strings.Contains(s, "/")
	}
	a, ok := Parse(s)
	if !ok || (a.Service != "bedrock" && a.Service != "sagemaker") {
		return Identifier{}, false
	}
	typ, id, ok := strings.Cut(a.Resource, "/")
	if !ok || id == "" {
		return Identifier{}, false
	}
	kind := OtherARN
	if a.Service == "bedrock" {
		switch typ {
		case typeFoundationModel:
			kind = ModelARN
		case typeInferenceProfile:
			kind = ProfileARN
		case typeApplicationProfile:
			kind = ApplicationARN
		}
	}
	return Identifier{kind, id, a}, true
}

// plain reports whether s has only characters that an identifier may have.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '.', c == ':', c == '/', c == '_':
		default:
			return false
		}
	}
	return true
}
