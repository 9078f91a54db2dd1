package policy

import "testing"

func TestAServiceIsWhomATrustPolicyNames(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/budgets"
	tests := map[string]struct {
		principal, condition string
		want                 bool
	}{
		"named":                    {`{"Service":"budgets.amazonaws.com"}`, `{}`, true},
		"among others":             {`{"Service":["ec2.amazonaws.com","budgets.amazonaws.com"]}`, `{}`, true},
		"another one":              {`{"Service":"ec2.amazonaws.com"}`, `{}`, false},
		"an account":               {`{"AWS":"111122223333"}`, `{}`, false},
		"a provider of that name":  {`{"Federated":"budgets.amazonaws.com"}`, `{}`, false},
		"for this account":         {`{"Service":"budgets.amazonaws.com"}`, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`, true},
		"for another account only": {`{"Service":"budgets.amazonaws.com"}`, `{"StringEquals":{"aws:SourceAccount":"444455556666"}}`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + test.principal + `,"Action":"sts:AssumeRole","Condition":` + test.condition + `}]}`
			doc, err := Parse([]byte(text), Trust)
			if err != nil {
				t.Fatal(err)
			}
			ask := Request{Action: "sts:AssumeRole", Resource: role, Owner: "111122223333", Service: "budgets.amazonaws.com"}
			ask.Keys.Extra = []Extra{{Name: "aws:SourceAccount", Values: []string{"111122223333"}}}
			if got := Evaluate(&Set{Resource: &Policy{Name: role, Document: doc}}, &ask).Allowed; got != test.want {
				t.Errorf("allowed: %t, want %t", got, test.want)
			}
		})
	}
}
