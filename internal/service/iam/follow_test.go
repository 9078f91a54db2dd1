package iam

import "testing"

func TestRenamedPrincipal(t *testing.T) {
	const from, to = "arn:aws:iam::1:user/kim", "AIDAKIM"
	for _, tt := range []struct{ name, text, want string }{
		{"one statement", `{"Statement":{"Principal":{"AWS":"arn:aws:iam::1:user/kim"}}}`, `{"Statement":{"Principal":{"AWS":"AIDAKIM"}}}`},
		{"a list, and what is around it", "{ \"Statement\" : [ {\n\t\"Principal\": {\"AWS\": [ \"2\", \"arn:aws:iam::1:user/kim\" ] } } ] } ", "{ \"Statement\" : [ {\n\t\"Principal\": {\"AWS\": [ \"2\", \"AIDAKIM\" ] } } ] } "},
		{"escapes", `{"Statement":[{"Principal":{"AWS":"arn:aws:iam::1:user\/k\u0069m"}}]}`, `{"Statement":[{"Principal":{"AWS":"AIDAKIM"}}]}`},
		{"twice", `{"Statement":[{"Principal":{"AWS":["arn:aws:iam::1:user/kim","arn:aws:iam::1:user/kim"]}}]}`, `{"Statement":[{"Principal":{"AWS":["AIDAKIM","AIDAKIM"]}}]}`},
		{"a longer name", `{"Statement":[{"Principal":{"AWS":"arn:aws:iam::1:user/kimberly"}}]}`, `{"Statement":[{"Principal":{"AWS":"arn:aws:iam::1:user/kimberly"}}]}`},
		{"a condition", `{"Statement":[{"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::1:user/kim"}}}]}`, `{"Statement":[{"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::1:user/kim"}}}]}`},
		{"a condition on a key of that name", `{"Statement":[{"Condition":{"StringEquals":{"Principal":"arn:aws:iam::1:user/kim"}}}]}`, `{"Statement":[{"Condition":{"StringEquals":{"Principal":"arn:aws:iam::1:user/kim"}}}]}`},
		{"the policy's own id", `{"Id":"arn:aws:iam::1:user/kim","Statement":[]}`, `{"Id":"arn:aws:iam::1:user/kim","Statement":[]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := renamedPrincipal(tt.text, from, to); err != nil || got != tt.want {
				t.Errorf("%s (%v), want %s", got, err, tt.want)
			}
		})
	}
	if _, err := renamedPrincipal(`{"Statement":`, from, to); err == nil {
		t.Error("half a text is a text")
	}
}
