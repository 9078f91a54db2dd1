package iam

import (
	"fmt"
	"strconv"
	"strings"

	api "github.com/outcrop/outcrop/internal/awsapi/iam"
	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/policy"
)

// inputName is what answers call a policy that the request itself had: "PolicyInputList.1".
func inputName(list string, i int) string { return list + "." + strconv.Itoa(i+1) }

// result is one answer of the simulator.
type result struct {
	number  int
	answer  *policy.Simulated
	bounded bool // there is a permissions boundary
}

func (r result) key() string { return fmt.Sprintf("%06d", r.number) }

func (r result) shape() api.EvaluationResult {
	out := api.EvaluationResult{
		EvalActionName: r.answer.Action, EvalResourceName: &r.answer.Resource,
		EvalDecision:      api.PolicyEvaluationDecisionType(r.answer.Outcome),
		MatchedStatements: mapped(r.answer.Matched, statementShape), MissingContextValues: mapped(r.answer.Missing, text),
		OrganizationsDecisionDetail: &api.OrganizationsDecisionDetail{AllowedByOrganizations: &r.answer.AllowedByOrganization},
	}
	if r.bounded {
		out.PermissionsBoundaryDecisionDetail = &api.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: &r.answer.AllowedByBoundary}
	}
	return out
}

func statementShape(f policy.Finding) api.Statement {
	start, end := f.Statement.Source()
	return api.Statement{
		SourcePolicyID: &f.Policy.Name, SourcePolicyType: new(sourceType(f)),
		StartPosition: &api.Position{Line: &start.Line, Column: &start.Column},
		EndPosition:   &api.Position{Line: &end.Line, Column: &end.Column},
	}
}

// sourceType is what sort of policy a statement is in. Whose an inline policy is its name does not tell.
func sourceType(f policy.Finding) api.PolicySourceType {
	switch {
	case f.Kind == policy.Resource || f.Kind == policy.Trust:
		return api.PolicySourceTypeResource
	case strings.HasPrefix(f.Policy.Name, "arn:aws:iam::"+string(directory.AWSOwner)+":"):
		return api.PolicySourceTypeAwsManaged
	case strings.HasPrefix(f.Policy.Name, "arn:"):
		return api.PolicySourceTypeUserManaged
	}
	return api.PolicySourceTypeNone
}
