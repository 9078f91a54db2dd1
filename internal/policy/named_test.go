package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNamed(t *testing.T) {
	d, err := Parse([]byte(`{"Statement": [
		{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ["arn:aws:iam::111122223333:user/kim", "444455556666", "arn:aws:iam::111122223333:root"]}},
		{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*", "Service": "ec2.amazonaws.com"}},
		{"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": ["arn:aws:iam::111122223333:user/kim", "arn:aws:iam::111122223333:role/a/b", "AROAABCDEFGHIJKLMNOPQ"]}}
	]}`), Trust)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"AROAABCDEFGHIJKLMNOPQ", "arn:aws:iam::111122223333:role/a/b", "arn:aws:iam::111122223333:user/kim"}
	if diff := cmp.Diff(want, d.Named()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
