package budget

import "fmt"

// ActionStatus is where an action stands.
type ActionStatus string

// The statuses, in the API's words. Standby is armed, Pending waits for somebody's approval.
const (
	Standby            ActionStatus = "STANDBY"
	Pending            ActionStatus = "PENDING"
	ExecutionRuns      ActionStatus = "EXECUTION_IN_PROGRESS"
	ExecutionSucceeded ActionStatus = "EXECUTION_SUCCESS"
	ExecutionFailed    ActionStatus = "EXECUTION_FAILURE"
	ReverseRuns        ActionStatus = "REVERSE_IN_PROGRESS"
	ReverseSucceeded   ActionStatus = "REVERSE_SUCCESS"
	ReverseFailed      ActionStatus = "REVERSE_FAILURE"
	ResetRuns          ActionStatus = "RESET_IN_PROGRESS"
	ResetFailed        ActionStatus = "RESET_FAILURE"
)

// ActionEvent is what happens to an action.
type ActionEvent string

// What the budget, its users and whoever carries actions out may say.
const (
	ThresholdCrossed ActionEvent = "threshold crossed"
	PeriodBegan      ActionEvent = "period began"

	Approve ActionEvent = "APPROVE_BUDGET_ACTION"
	Retry   ActionEvent = "RETRY_BUDGET_ACTION"
	Reverse ActionEvent = "REVERSE_BUDGET_ACTION"
	Reset   ActionEvent = "RESET_BUDGET_ACTION"

	Done   ActionEvent = "done"
	Failed ActionEvent = "failed"
)

// Command is what an action's owner must do next.
type Command string

// The commands. Each is answered with Done or Failed, but for TellOfApproval.
const (
	Nothing        Command = ""
	Execute        Command = "EXECUTE"
	Undo           Command = "REVERSE"
	TellOfApproval Command = "APPROVAL_NEEDED"
)

// ActionRules are what an action's definition says of its life.
type ActionRules struct {
	Manual bool `json:"manual,omitzero"` // somebody must approve it
	// Renews undoes and arms the action when a new period begins. AWS never does.
	Renews bool `json:"-"` // the budget says so, or whoever runs the server
}

// UndoTag is the tag by which a budget says whether its actions are undone and armed again when a new period begins:
// "true" or "false".
const UndoTag = "outcrop:undo-actions-at-new-period"

// UndoesActions reads the tag. Without it the usual way counts. It reports false when the tag means nothing.
func (d *Definition) UndoesActions(usual bool) (undo, ok bool) {
	switch text, tagged := d.Tags[UndoTag]; {
	case !tagged:
		return usual, true
	default:
		return text == "true", text == "true" || text == "false"
	}
}

// LockedError says that an event does not go with an action's status.
type LockedError struct {
	Status ActionStatus
	Event  ActionEvent
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is not possible while the action is in the status %s", e.Event, e.Status)
}

// Step is the action's next status and what is to be done for it. What a user asks for at the wrong time is a
// *LockedError; what the budget says at a time when it changes nothing is no error.
func (s ActionStatus) Step(event ActionEvent, rules ActionRules) (ActionStatus, Command, error) {
	switch event {
	case ThresholdCrossed:
		switch {
		case s != Standby:
			return s, Nothing, nil
		case rules.Manual:
			return Pending, TellOfApproval, nil
		}
		return ExecutionRuns, Execute, nil
	case PeriodBegan:
		switch {
		case s == Pending: // what waited for approval was about the period before
			return Standby, Nothing, nil
		case rules.Renews && s == ExecutionSucceeded:
			return ResetRuns, Undo, nil
		case rules.Renews && s == ReverseSucceeded:
			return Standby, Nothing, nil
		}
		return s, Nothing, nil
	}
	next, ok := steps[step{s, event}]
	if !ok {
		return s, Nothing, &LockedError{s, event}
	}
	return next.status, next.command, nil
}

type step struct {
	ActionStatus
	ActionEvent
}

type outcome struct {
	status  ActionStatus
	command Command
}

// steps are what users may ask for, and what comes of the commands. A reverse leaves the action unarmed; a reset arms it
// and undoes nothing.
var steps = map[step]outcome{
	{Pending, Approve}:            {ExecutionRuns, Execute},
	{ExecutionFailed, Retry}:      {ExecutionRuns, Execute},
	{ExecutionSucceeded, Reverse}: {ReverseRuns, Undo},
	{ReverseFailed, Reverse}:      {ReverseRuns, Undo},
	{ExecutionSucceeded, Reset}:   {Standby, Nothing},
	{ExecutionFailed, Reset}:      {Standby, Nothing},
	{ReverseSucceeded, Reset}:     {Standby, Nothing},
	{ReverseFailed, Reset}:        {Standby, Nothing},
	{ResetFailed, Reset}:          {ResetRuns, Undo},

	{ExecutionRuns, Done}:   {ExecutionSucceeded, Nothing},
	{ExecutionRuns, Failed}: {ExecutionFailed, Nothing},
	{ReverseRuns, Done}:     {ReverseSucceeded, Nothing},
	{ReverseRuns, Failed}:   {ReverseFailed, Nothing},
	{ResetRuns, Done}:       {Standby, Nothing},
	{ResetRuns, Failed}:     {ResetFailed, Nothing},
}

// Busy reports whether the action is being carried out, so that nobody may change or delete it.
func (s ActionStatus) Busy() bool { return s == ExecutionRuns || s == ReverseRuns || s == ResetRuns }
