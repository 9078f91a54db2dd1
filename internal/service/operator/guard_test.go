package operator

import (
	"net/http"
	"strings"
	"testing"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// nobody refuses every operation, and keeps their names.
type nobody struct{ asked []string }

func (n *nobody) Permit(_ *awswire.Call, operation string, _ any) error {
	n.asked = append(n.asked, operation)
	return fault.New(fault.AccessDenied, "not you")
}

// No operation does anything for whom the guard does not permit it.
func TestEveryOperationIsGuarded(t *testing.T) {
	d := newDesk(t)
	g := &nobody{}
	d.service.Guard = g
	all := [][3]string{
		{"GET", "/profiles", ""},
		{"POST", "/profiles", house},
		{"GET", "/profiles/house.acme.llama", ""},
		{"PUT", "/profiles/house.acme.llama", house},
		{"DELETE", "/profiles/house.acme.llama", ""},
		{"GET", "/drains", ""},
		{"PUT", "/drains/site-a", ""},
		{"DELETE", "/drains/site-a", ""},
		{"GET", "/deployments", ""},
		{"GET", "/calls", ""},
		{"GET", "/calls/x", ""},
	}
	for _, c := range all {
		if got := d.ask(management, c[0], base+c[1], c[2]); !strings.HasPrefix(got, "403 AccessDenied") {
			t.Errorf("%s %s: %s", c[0], c[1], got)
		}
	}
	if len(g.asked) != len(all) {
		t.Errorf("%d of %d operations asked: %v", len(g.asked), len(all), g.asked)
	}
	if d.ask("999988887777", http.MethodGet, base+"/drains", ""); len(g.asked) != len(all) {
		t.Error("another account's principal is judged by its own policies")
	}
}
