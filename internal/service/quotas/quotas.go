// Package quotas shows what accounts use of their quotas, in a small JSON API of Outcrop's own: AWS has no call that tells.
package quotas

import (
	"cmp"
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/quota"
)

// Limiter knows what is used.
type Limiter interface {
	// Uses lists every limit of which something is used, in order.
	Uses() []quota.Use
}

// Options are what the API is made of.
type Options struct {
	Limiter Limiter
	// Management is the account that sees every other one's quotas; others see their own. It is asked once a request.
	Management func() arn.Account
}

// Use is how much of one limit is used.
type Use struct {
	Account arn.Account `json:"account"`
	// Model, Source and Scope are left out where all models, source regions and kinds of calls count together.
	Model  string        `json:"model,omitzero"`
	Source arn.Region    `json:"source,omitzero"`
	Scope  catalog.Scope `json:"scope,omitzero"`
	// Share is the name of a part of the account's quota, and Who has it where each of many has one.
	Share string `json:"share,omitzero"`
	Who   string `json:"who,omitzero"`

	Quota string `json:"quota"` // "tokens-per-minute"
	Limit int64  `json:"limit"`
	Used  int64  `json:"used"`
	// Enforced is false for a limit that is only watched.
	Enforced bool `json:"enforced"`
	// ResetMs is how many milliseconds it is until all of the limit is there again, if nothing else is taken.
	ResetMs int64 `json:"resetMs"`
}

// List is the answer.
type List struct {
	At     time.Time `json:"at"`
	Quotas []Use     `json:"quotas"`
}

// NewService is the table of operations, with errors in the form of Bedrock's.
func NewService(o Options) *awswire.Service {
	list := func(_ context.Context, r *awswire.Request, w *awswire.Response) error {
		account, _ := r.Query("account")
		if err := cmp.Or(r.Err(), r.Permit(nil)); err != nil {
			return err
		}
		return answer(w, o.list(r.Call.Principal.Account, arn.Account(account), r.Call.Arrived))
	}
	s := awswire.NewService("outcrop-quotas", awswire.RESTJSON{},
		awswire.Operation{Name: "ListQuotas", Method: "GET", Path: "/outcrop/v1/quotas", Handle: list})
	s.Under = []string{"/outcrop/v1/quotas"}
	return s
}

// list is what a caller sees: of one account, or with no name, of all that it may see.
func (o *Options) list(caller, wanted arn.Account, at time.Time) List {
	out := List{At: at.UTC(), Quotas: []Use{}}
	for _, u := range o.Limiter.Uses() {
		s := &u.Subject
		if s.Account != caller && caller != o.Management() || wanted != "" && s.Account != wanted {
			continue
		}
		out.Quotas = append(out.Quotas, Use{
			Account: s.Account, Model: s.Model, Source: s.Source, Scope: s.Scope, Share: s.Share, Who: s.Who,
			Quota: u.Measure.String(), Limit: u.Limit.Max, Used: u.Used, Enforced: !u.Limit.Watched,
			ResetMs: int64((u.Reset + time.Millisecond - 1) / time.Millisecond),
		})
	}
	return out
}

func answer(w *awswire.Response, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return w.JSON(200, body)
}
