package budgets

import (
	"errors"

	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/budgetaction"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/fault"
)

// readDefinition takes over what an action does, which has to be of its type.
func readDefinition(kind api.ActionType, in *api.Definition) (*budgetaction.Definition, error) {
	given := 0
	for _, is := range []bool{in.IamActionDefinition != nil, in.ScpActionDefinition != nil, in.SsmActionDefinition != nil} {
		if is {
			given++
		}
	}
	switch {
	case kind == api.ActionTypeRunSsmDocuments || in.SsmActionDefinition != nil:
		return nil, invalid("The action type RUN_SSM_DOCUMENTS stops EC2 and RDS instances, which do not exist here. Use APPLY_IAM_POLICY or APPLY_SCP_POLICY.")
	case given != 1 || (kind == api.ActionTypeApplyIamPolicy) != (in.IamActionDefinition != nil):
		return nil, invalid("The definition of an action of the type %s has exactly one of its members set: the one of that type.", kind)
	}
	if scp := in.ScpActionDefinition; scp != nil {
		return &budgetaction.Definition{SCP: &budgetaction.SCP{Policy: scp.PolicyID, Targets: scp.TargetIds}}, nil
	}
	iam := in.IamActionDefinition
	if len(iam.Users)+len(iam.Groups)+len(iam.Roles) == 0 {
		return nil, invalid("An IamActionDefinition needs at least one of Users, Groups and Roles.")
	}
	return &budgetaction.Definition{IAM: &budgetaction.IAM{Policy: iam.PolicyARN, Users: iam.Users, Groups: iam.Groups, Roles: iam.Roles}}, nil
}

// showDefinition is what an action does in the API's words; nothing of one that nobody could write.
func showDefinition(a *budgeting.Action) *api.Definition {
	d, err := budgetaction.Read(a)
	if err != nil {
		return &api.Definition{}
	}
	out := &api.Definition{}
	if d.IAM != nil {
		out.IamActionDefinition = &api.IamActionDefinition{PolicyARN: d.IAM.Policy, Users: d.IAM.Users, Groups: d.IAM.Groups, Roles: d.IAM.Roles}
	}
	if d.SCP != nil {
		out.ScpActionDefinition = &api.ScpActionDefinition{PolicyID: d.SCP.Policy, TargetIds: d.SCP.Targets}
	}
	return out
}

// refused gives what keeps an action from being carried out one of the names that this API has for it.
func refused(err error) error {
	var why *fault.Error
	switch {
	case !errors.As(err, &why):
		return err
	case why.Code == fault.AccessDenied:
		return fault.Named(fault.AccessDenied, api.AccessDeniedException, "%s", why.Message)
	}
	return invalid("%s", why.Message)
}
