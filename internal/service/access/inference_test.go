package access_test

import (
	"testing"

	"github.com/outcrop/outcrop/internal/directory"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
)

const (
	user     = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: bedrock:InvokeModel on resource: "
	noPolicy = " because no identity-based policy allows the bedrock:InvokeModel action"
	models   = "arn:aws:bedrock:*::foundation-model/*"
	team     = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/" + teamID
	system   = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us." + sonnet
)

// Every row is a policy of one user, a call, and what the user is told; nothing when the call may run.
func TestCallsOfModelsAndProfiles(t *testing.T) {
	const one, two = "us-east-1", "us-west-2"
	model := func(region string) string { return "arn:aws:bedrock:" + region + "::foundation-model/" + sonnet }
	for name, c := range map[string]struct {
		policy     string
		identifier string
		want       string
		oneGrant   bool
		change     func(*gateway.Call)
	}{
		"nothing allows anything":         {"", sonnet20240620, user + "arn:aws:bedrock:us-east-1::foundation-model/" + sonnet20240620 + noPolicy, false, nil},
		"a model needs a right on itself": {"Allow bedrock:InvokeModel " + models, sonnet20240620, "", false, nil},
		"a system profile alone does not suffice": {
			"Allow bedrock:* " + system, "us." + sonnet, user + model(one) + noPolicy, false, nil,
		},
		"nor do its models alone": {"Allow bedrock:* " + models, "us." + sonnet, user + system + noPolicy, false, nil},
		"both do": {
			"Allow bedrock:* " + system + "\nAllow bedrock:InvokeModel " + models, "us." + sonnet, "", false, nil,
		},
		"every destination counts, not the one that serves": {
			"Allow bedrock:* " + system + "\nAllow bedrock:* " + model(one), "us." + sonnet, user + model("us-east-2") + noPolicy, false, nil,
		},
		"a region that is denied closes the profile": {
			"Allow bedrock:* *\nDeny bedrock:* * " + `{"StringEquals":{"aws:RequestedRegion":"us-west-2"}}`, "us." + sonnet,
			user + model(two) + " with an explicit deny in an identity-based policy", false, nil,
		},
		"an application profile by its tag": {
			"Allow bedrock:* arn:aws:bedrock:*:*:application-inference-profile/* " + `{"StringEquals":{"aws:ResourceTag/team":"search"}}` + "\nAllow bedrock:* " + models, "$team", "", false, nil,
		},
		"another tag": {
			"Allow bedrock:* arn:aws:bedrock:*:*:application-inference-profile/* " + `{"StringEquals":{"aws:ResourceTag/team":"shop"}}` + "\nAllow bedrock:* " + models, "$team",
			user + team + noPolicy, false, nil,
		},
		"models only through one profile": {
			"Allow bedrock:* " + team + "\nAllow bedrock:* " + models + ` {"ArnEquals":{"bedrock:InferenceProfileArn":"` + team + `"}}`, "$team", "", false, nil,
		},
		"and so not by themselves": {
			"Allow bedrock:* " + models + ` {"ArnEquals":{"bedrock:InferenceProfileArn":"` + team + `"}}`, sonnet20240620,
			user + "arn:aws:bedrock:us-east-1::foundation-model/" + sonnet20240620 + noPolicy, false, nil,
		},
		"nor through another": {
			"Allow bedrock:* arn:aws:bedrock:*:*:inference-profile/*\nAllow bedrock:* " + models + ` {"ArnEquals":{"bedrock:InferenceProfileArn":"` + team + `"}}`, "us." + sonnet,
			user + model(one) + noPolicy, false, nil,
		},
		"a negated condition also hits direct calls": {
			"Allow bedrock:* *\nDeny bedrock:* " + models + ` {"ArnNotLike":{"bedrock:InferenceProfileArn":"` + team + `"}}`, sonnet20240620,
			user + "arn:aws:bedrock:us-east-1::foundation-model/" + sonnet20240620 + " with an explicit deny in an identity-based policy", false, nil,
		},
		"a global profile needs the model without a region": {
			"Allow bedrock:* arn:aws:bedrock:*:*:inference-profile/global.*\nAllow bedrock:* arn:aws:bedrock:us-east-1::foundation-model/*", "global." + globalModel,
			user + "arn:aws:bedrock:::foundation-model/" + globalModel + noPolicy, false, nil,
		},
		"whose region is unspecified": {
			"Allow bedrock:* arn:aws:bedrock:*:*:inference-profile/global.*\nAllow bedrock:* arn:aws:bedrock:us-east-1::foundation-model/*\n" +
				"Allow bedrock:* arn:aws:bedrock:::foundation-model/* " + `{"StringEquals":{"aws:RequestedRegion":"unspecified"}}`, "global." + globalModel, "", false, nil,
		},
		"one grant suffices where the operator says so": {"Allow bedrock:InvokeModel " + team, "$team", "", true, nil},
		"and must be there all the same":                {"Allow bedrock:* " + models, "$team", user + team + noPolicy, true, nil},
		"a model by itself is its own grant":            {"", sonnet20240620, user + "arn:aws:bedrock:us-east-1::foundation-model/" + sonnet20240620 + noPolicy, true, nil},
		"streams have an action of their own": {
			"Allow bedrock:InvokeModel *", sonnet20240620,
			"User: arn:aws:iam::111122223333:user/ann is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:us-east-1::foundation-model/" +
				sonnet20240620 + " because no identity-based policy allows the bedrock:InvokeModelWithResponseStream action", false,
			func(c *gateway.Call) { c.Stream = true },
		},
		"tokens are counted on models alone": {
			"Allow bedrock:CountTokens " + models, "us." + sonnet, "", false, func(c *gateway.Call) { c.Operation = "CountTokens" },
		},
		"a tier that is denied": {
			"Allow bedrock:* *\nDeny bedrock:* * " + `{"StringEquals":{"bedrock:ServiceTier":"priority"}}`, sonnet20240620,
			user + "arn:aws:bedrock:us-east-1::foundation-model/" + sonnet20240620 + " with an explicit deny in an identity-based policy", false,
			func(c *gateway.Call) { c.Glance = func() gateway.Glimpse { return gateway.Glimpse{Tier: "priority"} } },
		},
		"a call that names no tier is of the default one": {
			"Allow bedrock:* * " + `{"StringEquals":{"bedrock:ServiceTier":"default"}}`, sonnet20240620, "", false, nil,
		},
		"a guardrail that is required": {
			"Allow bedrock:* * " + `{"StringEquals":{"bedrock:GuardrailIdentifier":"g-1:2"}}`, sonnet20240620, "", false,
			func(c *gateway.Call) {
				c.Glance = func() gateway.Glimpse { return gateway.Glimpse{Guardrail: "g-1:2"} }
			},
		},
		"an API key needs the right to be one": {
			"Allow bedrock:InvokeModel *", sonnet20240620,
			"User: arn:aws:iam::111122223333:user/ann is not authorized to perform: bedrock:CallWithBearerToken because no identity-based policy allows the bedrock:CallWithBearerToken action",
			false, func(c *gateway.Call) { c.Principal.Bearer = identity.LongTerm },
		},
		"of its own kind": {
			"Allow bedrock:InvokeModel *\nAllow bedrock:CallWithBearerToken * " + `{"StringEquals":{"bedrock:BearerTokenType":"SHORT_TERM"}}`, sonnet20240620, "", false,
			func(c *gateway.Call) { c.Principal.Bearer = identity.ShortTerm },
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.oneGrant = c.oneGrant
			k, target := h.call(h.user(home, document(c.policy)), c.identifier)
			if c.change != nil {
				c.change(k)
			}
			told(t, h.control().Authorize(k, target), c.want)
		})
	}
}

// told holds a denial against the sentence it should have.
func told(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case err == nil && want != "":
		t.Errorf("allowed, want: %s", want)
	case err != nil && (!fault.Is(err, fault.AccessDenied) || err.Error() != want):
		t.Errorf("told:\n  %v\nwant:\n  %s", err, want)
	}
}

const (
	sonnet20240620 = "anthropic.claude-3-5-sonnet-20240620-v1:0"
	globalModel    = "anthropic.claude-sonnet-4-20250514-v1:0"
)

// A shared profile needs both sides: the owner's resource policy, and the caller's own.
func TestSharedProfiles(t *testing.T) {
	const (
		guest   = "User: arn:aws:iam::444455556666:user/ann is not authorized to perform: bedrock:InvokeModel on resource: "
		opened  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"bedrock:InvokeModel","Resource":"*"}]}`
		toBob   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:user/bob"},"Action":"bedrock:*","Resource":"*"}]}`
		closing = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"bedrock:*","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"444455556666"},"Action":"*","Resource":"*"}]}`
		own     = "Allow bedrock:InvokeModel " + team + "\nAllow bedrock:InvokeModel " + models
		shut    = guest + team + " because no resource-based policy allows the bedrock:InvokeModel action"
	)
	for name, c := range map[string]struct{ shared, own, want string }{
		"both sides allow":              {opened, own, ""},
		"the owner has said nothing":    {"", own, shut},
		"the owner has let another in":  {toBob, own, shut},
		"the owner denies":              {closing, own, guest + team + " with an explicit deny in a resource-based policy"},
		"the caller's own side is mute": {opened, "", guest + team + " because no identity-based policy allows the bedrock:InvokeModel action"},
		"the caller may not call models": {
			opened, "Allow bedrock:InvokeModel " + team,
			guest + "arn:aws:bedrock:us-east-1::foundation-model/" + sonnet + " because no identity-based policy allows the bedrock:InvokeModel action",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.share(c.shared)
			k, target := h.call(h.user(abroad, document(c.own)), "$team")
			told(t, h.control().Authorize(k, target), c.want)
		})
	}
}

// What an account has shared is closed with it.
func TestSharedProfilesOfAClosedAccount(t *testing.T) {
	h := newHouse(t)
	h.share(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"bedrock:*","Resource":"*"}]}`)
	k, target := h.call(h.user(abroad, document("Allow bedrock:* *")), "$team")
	told(t, h.control().Authorize(k, target), "")
	h.put(&directory.Member{ID: home, Parent: "r-out1", Status: directory.Suspended, Created: arrived})
	told(t, h.control().Authorize(k, target), "User: arn:aws:iam::444455556666:user/ann is not authorized to perform: bedrock:InvokeModel on resource: "+
		team+" because no resource-based policy allows the bedrock:InvokeModel action")
}

// BenchmarkAuthorize judges a call through an application profile over a geographic one: the API key's right apart, the
// profile and the model in three regions.
func BenchmarkAuthorize(b *testing.B) {
	h := newHouse(b)
	who := h.user(home, document("Allow bedrock:Invoke* arn:aws:bedrock:*:*:application-inference-profile/* "+`{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}`+
		"\nAllow bedrock:InvokeModel* "+models+` {"ArnLike":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:*:*:application-inference-profile/*"}}`+
		"\nDeny bedrock:* * "+`{"StringEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]}}`), identity.Tag{Key: "team", Value: "search"})
	k, target := h.call(who, "$team")
	c := h.control()
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Authorize(k, target); err != nil {
			b.Fatal(err)
		}
	}
}
