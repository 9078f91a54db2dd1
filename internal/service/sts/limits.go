package sts

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	api "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/policy"
)

// limits are the session policies of a request, which limit the session that it asks for.
type limits struct {
	policies []string
	arns     []string
	limited  bool
}

const maxPolicyARNs = 10

// sessionPolicies reads the session policies of a request.
func sessionPolicies(text *string, descriptors []api.PolicyDescriptorType) (limits, error) {
	var l limits
	if text != nil {
		if _, err := policy.Parse([]byte(*text), policy.Session); err != nil {
			return l, err
		}
		l.policies, l.limited = []string{*text}, true
	}
	if len(descriptors) > maxPolicyARNs {
		return l, fault.New(fault.Validation, "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to %d", maxPolicyARNs)
	}
	for i, d := range descriptors {
		if d.ARN == nil {
			return l, fault.New(fault.Validation, "1 validation error detected: Value at 'policyArns.%d.member.arn' failed to satisfy constraint: Member must not be null", i+1)
		}
		l.arns, l.limited = append(l.arns, *d.ARN), true
	}
	return l, nil
}

// exist checks that the managed policies are those of an account, or AWS's.
func (l limits) exist(a *directory.Account) error {
	for _, name := range l.arns {
		if _, ok := a.Policy(name); !ok {
			return fault.New(fault.Validation, "Policy %s does not exist or is not attachable.", name)
		}
	}
	return nil
}

// maxPacked is how many bytes of policies and tags a session may have. AWS does not tell its own bound.
const maxPacked = 4096

// packedSize is how much of the allotted space a session's policies and tags take, in percent, nil for neither. Tags
// count with those that came from the session before.
func packedSize(l limits, tags identity.Tags) (*int, error) {
	if !l.limited && len(tags) == 0 {
		return nil, nil
	}
	policies, tagged := 0, 0
	for _, p := range l.policies {
		policies += len(minified(p))
	}
	for _, a := range l.arns {
		policies += len(a)
	}
	for _, t := range tags {
		tagged += len(t.Key) + len(t.Value)
	}
	percent := (100*(policies+tagged) + maxPacked - 1) / maxPacked
	switch {
	case percent <= 100:
		return &percent, nil
	case tagged > policies:
		return nil, fault.Named(fault.Validation, api.PackedPolicyTooLargeException, "Packed size of session tags consumes %d%% of allotted space.", percent)
	}
	return nil, fault.Named(fault.Validation, api.PackedPolicyTooLargeException, "Packed policy consumes %d%% of allotted space, please use smaller policy.", percent)
}

// minified is a document without the space between its parts.
func minified(document string) jsontext.Value {
	v := jsontext.Value(strings.Clone(document))
	if v.Compact() != nil {
		return jsontext.Value(document) // it was parsed before, so this is never reached
	}
	return v
}

// invalidParameter is how STS refuses tags.
func invalidParameter(sentence string) error {
	return fault.Named(fault.Validation, "InvalidParameterValue", "%s", sentence)
}

// sessionTags checks the tags of a request and puts them in order.
func sessionTags(in []api.Tag, transitive []string) (identity.Tags, error) {
	tags := make(identity.Tags, len(in))
	for i, t := range in {
		tags[i] = identity.Tag{Key: t.Key, Value: t.Value}
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, invalidParameter("Tag keys must not begin with aws:, which is reserved.")
		}
		if hasKey(tags[:i], t.Key) {
			return nil, invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
	}
	for _, key := range transitive {
		if !hasKey(tags, key) {
			return nil, invalidParameter("The specified transitive tag key must be included in the requested tags.")
		}
	}
	slices.SortFunc(tags, func(a, b identity.Tag) int { return strings.Compare(a.Key, b.Key) })
	return tags, nil
}

func hasKey(tags identity.Tags, key string) bool {
	return slices.ContainsFunc(tags, func(t identity.Tag) bool { return strings.EqualFold(t.Key, key) })
}
