package access_test

import (
	"net/http/httptest"
	"testing"

	"github.com/outcrop/outcrop/internal/awswire"
)

// Outcrop's own APIs ask for actions of their own, under the operations' names.
func TestOwnAPIs(t *testing.T) {
	h := newHouse(t)
	c := &awswire.Call{Request: httptest.NewRequest("GET", "/", nil), Region: usOne, Principal: h.user(home, ""), Arrived: arrived}
	if got := asked(h.control().Quotas().Permit(c, "ListQuotas", nil)); got != "outcrop:ListQuotas" {
		t.Errorf("quotas ask for %s", got)
	}
	for _, operation := range []string{
		"ListProfiles", "CreateProfile", "GetProfile", "UpdateProfile", "DeleteProfile",
		"ListDrains", "DrainRegion", "UndrainRegion", "ListDeployments", "ListCalls", "ExplainCall",
	} {
		if got := asked(h.control().Operators().Permit(c, operation, nil)); got != "outcrop:"+operation {
			t.Errorf("%s asks for %s", operation, got)
		}
	}
	c.Principal = h.user(home, document("Allow outcrop:List* *"))
	if err := h.control().Operators().Permit(c, "ListCalls", nil); err != nil {
		t.Error(err)
	}
	if got := asked(h.control().Operators().Permit(c, "DrainRegion", nil)); got != "outcrop:DrainRegion" {
		t.Errorf("who may list drains a region: %s", got)
	}
}
