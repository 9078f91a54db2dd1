package budgeting

import (
	"errors"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/budget"
)

var (
	half = budget.Notification{Against: budget.Actual, Operator: budget.GreaterThan, Threshold: 50, Scale: budget.Percentage}
	most = budget.Notification{Against: budget.Actual, Operator: budget.GreaterThan, Threshold: 0.9, Scale: budget.Absolute}
)

// looked is how many messages wait after a look at the thresholds.
func (h *house) looked() int {
	h.t.Helper()
	if err := h.Look(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return len(h.Messages())
}

// spend runs a call that costs 24 cents for every million tokens.
func (h *house) spend(output int64) {
	h.t.Helper()
	if _, err := h.run(h.call(), output); err != nil {
		h.t.Fatal(err)
	}
}

func TestEachCrossingIsToldOnce(t *testing.T) {
	h := newHouse(t)
	h.put("all", "1", "none", func(b *Budget) {
		b.Notices = []Notice{
			{Notification: half, Subscribers: []Subscriber{{"EMAIL", "a@example.com"}}},
			{Notification: most, Subscribers: []Subscriber{{"SNS", "arn:aws:sns:us-east-1:111122223333:t"}}},
		}
	})
	check := func(what string, want int) {
		t.Helper()
		for range 2 { // looking again changes nothing
			if got := h.looked(); got != want {
				t.Errorf("%s: %d messages, want %d", what, got, want)
			}
		}
		h.reopen()
		if got := h.looked(); got != want {
			t.Errorf("%s, after a restart: %d messages, want %d", what, got, want)
		}
	}
	check("nothing is spent", 0)
	h.spend(2_000_000)
	check("48 cents are spent", 0)
	h.spend(1_000_000)
	check("72 cents are spent", 1)
	m := h.Messages()[0]
	if m.Notification != half || m.Figures.Spent.Fixed(2) != "0.72" || m.Figures.Limit.String() != "1" || m.Subscribers[0].Address != "a@example.com" {
		t.Errorf("the message is %+v", m)
	}
	if err := h.Delivered(t.Context(), m.ID, nil); err != nil {
		t.Fatal(err)
	}
	check("it was delivered", 0)
	h.spend(1_000_000)
	check("96 cents are spent", 1)
	until := h.clock.Add(time.Minute)
	if err := h.Postpone(t.Context(), h.Messages()[0].ID, until); err != nil {
		t.Fatal(err)
	}
	check("it could not be delivered", 1)
	if m := h.Messages()[0]; m.Tries != 1 || !m.Next.Equal(until) {
		t.Errorf("the message that waits is %+v", m)
	}
	h.clock = h.clock.AddDate(0, 1, 0)
	check("a new period begins", 1)
	h.spend(4_000_000)
	check("and 96 cents are spent again", 3)
}

func TestAnActionsLife(t *testing.T) {
	h := newHouse(t)
	key := budget.Key{Account: owner, Name: "all"}
	h.put("all", "1", "none", func(b *Budget) {
		b.Tags[budget.UndoTag] = "true"
		b.Actions = []Action{
			{ID: "auto", Threshold: half, Kind: "APPLY_IAM_POLICY", Definition: []byte(`{}`), Status: budget.Standby},
			{ID: "manual", Threshold: half, Kind: "APPLY_SCP_POLICY", Definition: []byte(`{}`), Status: budget.Standby, Rules: budget.ActionRules{Manual: true}},
		}
	})
	statuses := func(what string, auto, manual budget.ActionStatus, messages int) {
		t.Helper()
		got := h.looked()
		b, _ := h.Budget(key)
		if b.Actions[0].Status != auto || b.Actions[1].Status != manual || got != messages {
			t.Errorf("%s: %s, %s and %d messages, want %s, %s and %d", what, b.Actions[0].Status, b.Actions[1].Status, got, auto, manual, messages)
		}
	}
	deliver := func(failure error) {
		t.Helper()
		for _, m := range h.Messages() {
			if err := h.Delivered(t.Context(), m.ID, failure); err != nil {
				t.Fatal(err)
			}
		}
	}
	statuses("at first", budget.Standby, budget.Standby, 0)
	h.spend(3_000_000)
	statuses("the threshold is crossed", budget.ExecutionRuns, budget.Pending, 2)
	h.reopen()
	deliver(errors.New("no such role"))
	statuses("it cannot be carried out", budget.ExecutionFailed, budget.Pending, 0)
	command := func(id string, e budget.ActionEvent) error {
		t.Helper()
		found, err := h.Command(t.Context(), key, id, e)
		if !found {
			t.Fatalf("there is no action %s", id)
		}
		return err
	}
	var locked *budget.LockedError
	if err := command("auto", budget.Approve); !errors.As(err, &locked) {
		t.Errorf("what has failed is approved with %v", err)
	}
	if err := errors.Join(command("auto", budget.Retry), command("manual", budget.Approve)); err != nil {
		t.Fatal(err)
	}
	statuses("both are tried", budget.ExecutionRuns, budget.ExecutionRuns, 2)
	deliver(nil)
	statuses("both are done", budget.ExecutionSucceeded, budget.ExecutionSucceeded, 0)
	if err := command("manual", budget.Reverse); err != nil {
		t.Fatal(err)
	}
	deliver(nil)
	h.spend(1_000_000)
	statuses("what was reversed does not fire again", budget.ExecutionSucceeded, budget.ReverseSucceeded, 0)
	h.clock = h.clock.AddDate(0, 1, 0)
	statuses("a new period undoes the one, and arms the other", budget.ResetRuns, budget.Standby, 1)
	h.spend(3_000_000)
	statuses("the threshold is crossed before it is undone", budget.ResetRuns, budget.Pending, 2)
	deliver(nil)
	statuses("it is undone, armed, and fires", budget.ExecutionRuns, budget.Pending, 1)
	b, _ := h.Budget(key)
	if n := len(b.Actions[0].History); n != 7 {
		t.Errorf("the history has %d entries: %+v", n, b.Actions[0].History)
	}
	if found, _ := h.Command(t.Context(), key, "none", budget.Reset); found {
		t.Error("an action is found that nobody made")
	}
}

func TestAnActionStaysUnlessItIsToBeUndone(t *testing.T) {
	h := newHouse(t)
	key := budget.Key{Account: owner, Name: "all"}
	h.put("all", "1", "none", func(b *Budget) {
		b.Actions = []Action{{ID: "a", Threshold: half, Kind: "APPLY_IAM_POLICY", Definition: []byte(`{}`), Status: budget.Standby}}
	})
	check := func(what string, want budget.ActionStatus, fired int) {
		t.Helper()
		messages := h.looked()
		if b, _ := h.Budget(key); b.Actions[0].Status != want || messages != fired {
			t.Errorf("%s: %s and %d messages, want %s and %d", what, b.Actions[0].Status, messages, want, fired)
		}
		for _, m := range h.Messages() {
			if err := h.Delivered(t.Context(), m.ID, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.spend(3_000_000)
	check("the threshold is crossed", budget.ExecutionRuns, 1)
	check("it is carried out", budget.ExecutionSucceeded, 0)
	h.clock = h.clock.AddDate(0, 1, 0)
	check("a new period begins", budget.ExecutionSucceeded, 0)
	h.spend(3_000_000)
	check("and its threshold is crossed", budget.ExecutionSucceeded, 0)
	if _, err := h.Command(t.Context(), key, "a", budget.Reset); err != nil {
		t.Fatal(err)
	}
	check("it is armed behind its threshold, and fires", budget.ExecutionRuns, 1)
	check("once", budget.ExecutionSucceeded, 0)
}
