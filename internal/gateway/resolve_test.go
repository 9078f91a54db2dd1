package gateway

import (
	"context"
	"testing"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/policy"
	"github.com/outcrop/outcrop/internal/profile"
)

// door is a Guard with one answer.
type door struct{ err error }

func (d door) Authorize(*Call, *profile.Target) error { return d.err }

func TestProfilesOfOtherAccounts(t *testing.T) {
	const owner, id = arn.Account("444455556666"), "abcdefghijkl"
	denied := fault.New(fault.AccessDenied, "denied by the guard")
	name := arn.ApplicationProfile(arn.AWS, "site-a", owner, id).String()
	because := "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: bedrock:InvokeModel on resource: " + name +
		" because no resource-based policy allows the bedrock:InvokeModel action"
	for title, c := range map[string]struct {
		policy *policy.Policy
		guard  Guard
		want   string
	}{
		"without a policy it is not there":          {nil, door{}, because},
		"with one the guard decides":                {new(policy.Policy), door{}, ""},
		"and may refuse":                            {new(policy.Policy), door{denied}, "denied by the guard"},
		"without a guard nobody comes from outside": {new(policy.Policy), unguarded{}, because},
	} {
		t.Run(title, func(t *testing.T) {
			h := newHouse(t, 0, nil)
			app := &profile.Application{
				ID: id, Account: owner, Region: "site-a", Policy: c.policy,
				Source: arn.InferenceProfile(arn.AWS, "site-a", owner, "all.house.llama"),
			}
			h.snapshots = fixed{h.snapshots.Snapshot().Put(app)}
			h.guard = c.guard
			k := call(name, false)
			k.Principal.ARN = "arn:aws:iam::111122223333:user/ann"
			a, err := h.Do(context.Background(), k)
			if c.want != "" {
				if !fault.Is(err, fault.AccessDenied) || err.Error() != c.want {
					t.Errorf("%v, want %s", err, c.want)
				}
				if a.Target != nil {
					t.Error("the denied caller is told what is behind the profile")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := h.settled[0].Payer(); got != owner {
				t.Errorf("%s pays, want the owner", got)
			}
		})
	}
}

func TestActions(t *testing.T) {
	for operation, want := range map[string]string{
		"Converse": "bedrock:InvokeModel", "InvokeModel": "bedrock:InvokeModel", "CountTokens": CountAction, "CountMessageTokens": CountAction,
	} {
		if got := (&Call{Operation: operation}).Action(); got != want {
			t.Errorf("%s: %s, want %s", operation, got, want)
		}
	}
	if got := (&Call{Operation: "ConverseStream", Stream: true}).Action(); got != "bedrock:InvokeModelWithResponseStream" {
		t.Errorf("a stream: %s", got)
	}
}
