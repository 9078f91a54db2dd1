package directory

import "testing"

func TestAWSPoliciesParse(t *testing.T) {
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.AWSPolicies() {
		if len(p.ID) != 21 || p.InForce().Document.Policy().Name != p.ARN() {
			t.Errorf("%+v", p)
		}
	}
	if n := len(s.AWSPolicies()); n != 7 {
		t.Errorf("%d policies", n)
	}
}
