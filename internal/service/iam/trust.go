package iam

import (
	"context"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/policy"
)

// trust compiles a role's trust policy. The users and roles it names must be there.
func (s *Server) trust(ctx context.Context, r *directory.Role, text string) (directory.Document, error) {
	d, err := directory.NewDocument(policy.Trust, r.ARN(), text)
	if err != nil {
		return d, err
	}
	if size(text) > maxTrustSize {
		return d, quotaExceeded("ACLSizePerRole", maxTrustSize)
	}
	now, err := s.people.Current(ctx)
	if err != nil {
		return d, err
	}
	for _, name := range d.Policy().Named() {
		if missing(now, name) {
			return d, fault.Named(fault.Validation, api.MalformedPolicyDocumentException, "Invalid principal in policy: \"AWS\":%q", name)
		}
	}
	return d, nil
}

// missing reports whether a name is the ARN of a user or a role that is not in its account, or the unique id of one who was
// deleted. Accounts that are not of the organisation, and sessions, nobody can look into.
func missing(now *directory.Snapshot, name string) bool {
	a, ok := arn.Parse(name)
	if !ok {
		return true
	}
	if _, ours := now.Account(a.Account); !ours || a.Service != "iam" || !strings.Contains(a.Resource, "/") {
		return false
	}
	_, there := now.Principal(name)
	return !there
}
