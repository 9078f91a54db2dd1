package limiter

import (
	"testing"

	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/quota"
)

// A profile that another account shares draws on its owner's quota, whoever calls it.
func TestSharedProfilesCountForTheirOwners(t *testing.T) {
	const owner = "444455556666"
	s := open(t, limits(quota.Amounts{Requests: amount(1)}))
	d := s.demand(nova, 10, 10)
	d.Target.Application = &profile.Application{ID: "aaaaaaaaaaaa", Account: owner}
	s.come(d).Settle(served(chat.Usage{Input: 10}))
	for _, u := range s.Uses() {
		if u.Subject.Account != owner {
			t.Errorf("counted for %s: %v", u.Subject.Account, u)
		}
	}
	if got := s.used(quota.Requests); got != 1 {
		t.Errorf("%d requests are used, want 1", got)
	}
	d.Principal.Account = "222233334444"
	if _, err := s.Reserve(d); err == nil {
		t.Error("another caller's account gave the profile another quota")
	}
	s.come(s.demand(nova, 10, 10)) // the caller's own is untouched
}
