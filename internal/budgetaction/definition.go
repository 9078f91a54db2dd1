// Package budgetaction carries out what budgets do when their thresholds are crossed: it attaches IAM policies to users,
// groups and roles, and service control policies to accounts and units, with the rights of the role that an action names.
package budgetaction

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/budgeting"
)

// Definition is what an action does. One of its fields is set.
type Definition struct {
	IAM *IAM `json:"iam,omitzero"`
	SCP *SCP `json:"scp,omitzero"`
}

// IAM attaches a managed policy.
type IAM struct {
	Policy string   `json:"policy"` // ARN
	Users  []string `json:"users,omitzero"`
	Groups []string `json:"groups,omitzero"`
	Roles  []string `json:"roles,omitzero"` // names, which may have a path before them
}

// SCP attaches a service control policy.
type SCP struct {
	Policy  string   `json:"policy"`  // id
	Targets []string `json:"targets"` // ids of accounts and units
}

// Write is the definition as a budget keeps it.
func (d *Definition) Write() (jsontext.Value, error) {
	return json.Marshal(d, json.Deterministic(true))
}

// Read is the definition of an action that a budget keeps.
func Read(a *budgeting.Action) (*Definition, error) {
	d := new(Definition)
	if err := json.Unmarshal(a.Definition, d); err != nil {
		return nil, fmt.Errorf("cannot read what the action %s does: %w", a.ID, err)
	}
	return d, nil
}
