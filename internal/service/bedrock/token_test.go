package bedrock

import (
	"testing"

	"github.com/outcrop/outcrop/internal/fault"
	"pgregory.net/rapid"
)

func TestTokensLeadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := query{account: "111122223333", region: "us-east-1"}
		want := position{
			kind:    rapid.SampledFrom([]kind{system, application}).Draw(t, "kind"),
			created: rapid.Int64().Draw(t, "created"),
			id:      rapid.StringMatching(`[a-zA-Z0-9:.-]{1,64}`).Draw(t, "id"),
		}
		got, err := q.resume(q.token(want))
		if err != nil || got != want {
			t.Fatalf("%v became %v: %v", want, got, err)
		}
		q.account = "444455556666"
		if _, err := q.resume(q.token(want) + "A"); err == nil {
			t.Fatal("a longer token was taken")
		}
	})
}

func FuzzResume(f *testing.F) {
	q := query{account: "111122223333", region: "us-east-1"}
	f.Add(q.token(position{kind: system, id: "us.amazon.nova-lite-v1:0"}))
	f.Add(q.token(position{kind: application, created: 1_783_951_242_680_622_107, id: "4w7tmk1iplxi"}))
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, token string) {
		p, err := q.resume(token)
		if err != nil && !fault.Is(err, fault.Validation) {
			t.Fatalf("%v is no answer for a caller", err)
		}
		if err == nil && q.token(p) != token {
			t.Fatalf("%q leads to %v, whose token is %q", token, p, q.token(p))
		}
	})
}
