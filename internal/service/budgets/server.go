// Package budgets answers AWS Budgets over the budgets that calls are held to: what it says of spend is seconds old at most.
package budgets

import (
	"context"
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/budgets"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgetaction"
	"github.com/outcrop/outcrop/internal/budgeting"
)

// Budgets is where budgets are kept, and held.
type Budgets interface {
	// Change makes what decide wants of a budget, and returns when it is stored and in force.
	Change(ctx context.Context, key budget.Key, decide budgeting.Decide) error
	// Budget is a budget as it is kept.
	Budget(key budget.Key) (*budgeting.Budget, bool)
	// Budgets are the keys of an account's budgets by name.
	Budgets(of arn.Account) []budget.Key
	// Status is how a budget stands now.
	Status(key budget.Key) (budget.Status, bool)
	// Command makes an action do what a user asks for, and reports whether there is such an action. The error is a
	// *budget.LockedError when the action's status does not allow it.
	Command(ctx context.Context, key budget.Key, action string, event budget.ActionEvent) (bool, error)
}

// Hand is what carries actions out.
type Hand interface {
	// Check says what would keep an action of a budget from being carried out with a role.
	Check(k budget.Key, role string, d *budgetaction.Definition) error
}

// Server does the operations. It is safe for concurrent use.
type Server struct {
	api.Unimplemented
	budgets Budgets
	hand    Hand
}

var _ api.Server = (*Server)(nil)

// New makes a server.
func New(b Budgets, h Hand) *Server { return &Server{budgets: b, hand: h} }

// key names the caller's budget; other accounts' budgets are not shown.
func key(c *awswire.Call, account, name string) (budget.Key, error) {
	if arn.Account(account) != c.Principal.Account {
		return budget.Key{}, denied(account)
	}
	return budget.Key{Account: c.Principal.Account, Name: name}, nil
}

// checkName refuses names that no ARN can carry.
func checkName(name string) error {
	for _, bad := range []string{":", `\`, "/action/", "<script>"} {
		if strings.Contains(strings.ToLower(name), bad) {
			return invalid("The budget name %q cannot contain %q.", name, bad)
		}
	}
	return nil
}
