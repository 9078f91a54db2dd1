package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/service/budgetstate"
)

// budgetsName is the name that requests to the Budgets API are signed for.
const budgetsName = "budgets"

// callBudgets makes one signed call of the Budgets API whose answer says nothing.
func callBudgets(ctx context.Context, to access, operation string, in any) error {
	var out struct{}
	return callJSON(ctx, to, budgetsName, "AWSBudgetServiceGateway."+operation, in, &out)
}

// budgetList is what a server says of its budgets.
type budgetList struct{ budgetstate.BudgetList }

// has reports whether an account has a budget with a name.
func (l *budgetList) has(account arn.Account, name string) bool {
	return slices.ContainsFunc(l.Budgets, func(b budgetstate.Budget) bool { return b.Account == account && b.Name == name })
}

func askBudgets(ctx context.Context, to access) (*budgetList, error) {
	list := new(budgetList)
	return list, askState(ctx, to, "", &list.BudgetList)
}

func askReservations(ctx context.Context, to access) (*budgetstate.ReservationList, error) {
	list := new(budgetstate.ReservationList)
	return list, askState(ctx, to, "/reservations", list)
}

func askAdvice(ctx context.Context, to access, days int) (*budgetstate.AdviceList, error) {
	list := new(budgetstate.AdviceList)
	return list, askState(ctx, to, fmt.Sprintf("/advice?days=%d", days), list)
}

// askState makes one signed call of Outcrop's own API for budgets.
func askState(ctx context.Context, to access, path string, out any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(to.endpoint, "/")+"/outcrop/v1/budgets"+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("%q is not the URL of a server: %w", to.endpoint, err)
	}
	sign(r, nil, to)
	resp, err := http.DefaultClient.Do(r)
	if ctx.Err() != nil {
		return errors.New("interrupted before the answer came")
	}
	if err != nil {
		return fmt.Errorf("cannot reach %s (is outcrop serve running there?): %w", to.endpoint, errors.Unwrap(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return refusal(resp)
	}
	if err := json.UnmarshalRead(io.LimitReader(resp.Body, maxAnswer), out); err != nil {
		return fmt.Errorf("cannot read the answer: %w", err)
	}
	return nil
}
