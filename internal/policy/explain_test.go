package policy

// failing is what a test and a random test have in common.
type failing interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkExplained demands that the findings of Explain lead to the decision of Evaluate, and name what decided.
func checkExplained(t failing, s *Set, r *Request, d Decision) {
	t.Helper()
	findings := Explain(s, r)
	var denial *Finding
	allowing := map[Kind]bool{}
	found := d.Statement == nil
	for i := range findings {
		f := &findings[i]
		if f.Applies != (f.Why == "") {
			t.Errorf("a finding applies: %t, because %q", f.Applies, f.Why)
		}
		if !f.Applies {
			continue
		}
		found = found || f.Statement == d.Statement && f.Policy == d.Policy && f.Kind == d.Kind
		if f.Statement.Deny && denial == nil {
			denial = f
		}
		allowing[f.Kind] = allowing[f.Kind] || !f.Statement.Deny
	}
	switch {
	case !found:
		t.Errorf("Explain does not know of %s %s", d.Policy.Name, d.Statement.Label())
	case (denial != nil) != (d.Reason == ExplicitDeny):
		t.Errorf("Evaluate says %s, and Explain found a denial: %t", d.Reason, denial != nil)
	case denial != nil && denial.Statement != d.Statement:
		t.Errorf("Evaluate names %s, and Explain finds %s first", d.Statement.Label(), denial.Statement.Label())
	case d.Reason == Granted && !allowing[d.Kind]:
		t.Errorf("Evaluate grants by a %s, of which none applies", d.Kind)
	case d.Reason == ImplicitDeny && d.Kind == Identity && allowing[Identity]:
		t.Errorf("Evaluate finds no %s, of which one applies", d.Kind)
	}
}
