package registry_test

import (
	"testing"

	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/service/registry"
	"github.com/outcrop/outcrop/internal/store"
)

func TestAPolicyIsPartOfTheSnapshot(t *testing.T) {
	h := openOver(t, openStore(t), registry.Options{})
	p := create(t, h, request("team"))
	key := store.ProfileKey{Account: p.Account, Region: p.Region, ID: p.ID}
	const text = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"bedrock:InvokeModel","Resource":"*"}]}`
	if err := h.SetPolicy(t.Context(), key, text); err != nil {
		t.Fatal(err)
	}
	if err := h.Tag(t.Context(), key, map[string]string{"a": "b"}); err != nil {
		t.Fatal(err)
	}
	app, _ := h.Snapshot().Application(p.Account, p.Region, p.ID)
	if app.Policy == nil || len(app.Policy.Statements()) != 1 {
		t.Errorf("the snapshot has the policy %+v", app.Policy)
	}
	if got, err := h.Policy(t.Context(), key); err != nil || got != text {
		t.Errorf("%q, %v", got, err)
	}
	if err := h.SetPolicy(t.Context(), key, ""); err != nil {
		t.Fatal(err)
	}
	if app, _ := h.Snapshot().Application(p.Account, p.Region, p.ID); app.Policy != nil {
		t.Error("the policy is still there")
	}
	key.ID = "000000000000"
	if err := h.SetPolicy(t.Context(), key, text); !fault.Is(err, fault.ResourceNotFound) {
		t.Errorf("a profile that is not there: %v", err)
	}
	if _, err := h.Policy(t.Context(), key); !fault.Is(err, fault.ResourceNotFound) {
		t.Errorf("the policy of a profile that is not there: %v", err)
	}
}
