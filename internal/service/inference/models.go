package inference

import (
	"iter"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/profile"
)

// Callable lists what an account can name from a region to get text: the foundation models that are on demand there, the
// cross-region profiles, and the account's application profiles by their ARNs.
func Callable(now *profile.Snapshot, caller arn.Account, from arn.Region) iter.Seq2[string, *profile.Target] {
	return func(yield func(string, *profile.Target) bool) {
		give := func(id string, t *profile.Target, err error) bool {
			return err != nil || !IsText(t.Model) || yield(id, t)
		}
		for _, m := range now.Models(from) {
			t, err := now.Resolve(caller, from, m.Model.ID)
			if !give(m.Model.ID, t, err) {
				return
			}
		}
		for _, t := range now.Systems(from) {
			if !give(t.System.ID, t, nil) {
				return
			}
		}
		for _, app := range now.Applications(caller, from) {
			t, err := now.Resolve(caller, from, app.ID)
			if err == nil && !give(t.CalledARN(caller).String(), t, nil) {
				return
			}
		}
	}
}

// Retrieve finds what the label model of a request's path stands for, an identifier of any kind.
func Retrieve(r *awswire.Request, now *profile.Snapshot) (id string, t *profile.Target, err error) {
	id = r.Label("model")
	if err := r.Err(); err != nil {
		return "", nil, err
	}
	if err := r.Permit(&id); err != nil {
		return "", nil, err
	}
	t, err = now.Resolve(r.Call.Principal.Account, r.Call.Region, id)
	if err != nil {
		return "", nil, NotFound(err)
	}
	return id, t, nil
}

// Title is what people call a target, and when that was made: the zero time where it is not known.
func Title(t *profile.Target) (title string, created time.Time) {
	switch {
	case t.Application != nil:
		return t.Application.Name, t.Application.Created
	case t.System != nil:
		return t.System.Name, t.System.Created
	}
	return t.Model.Name, time.Time{}
}
