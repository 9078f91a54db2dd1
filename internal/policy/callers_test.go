package policy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// callers are those the scripts name.
func callers() map[string]*identity.Principal {
	issued := time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	tags := identity.Tags{{Key: "Cost Center", Value: "4 2"}, {Key: "team", Value: "search"}}
	ana := typicalCaller()
	session := func(s identity.Session, p identity.Principal) *identity.Principal {
		s.Issued = issued
		p.Session = &s
		return &p
	}
	role := identity.Session{Issuer: "arn:aws:iam::111122223333:role/platform/worker", Name: "job-7", SourceIdentity: "ana@example.com", Provider: "issuer.example"}
	worker := identity.Principal{
		Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/worker/job-7", UserID: "AROAEXAMPLE:job-7", Kind: identity.AssumedRole, Name: "worker", Tags: tags,
	}
	short, long := *ana, *ana
	short.Bearer, long.Bearer = identity.ShortTerm, identity.LongTerm
	return map[string]*identity.Principal{
		"ana":       ana,
		"untagged":  {Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/untagged", UserID: "AIDAOTHER", Name: "untagged"},
		"ana-mfa":   session(identity.Session{Issuer: ana.ARN, MFA: true}, *ana),
		"ana-token": session(identity.Session{Issuer: ana.ARN}, *ana),
		"ana-short": &short,
		"ana-long":  &long,
		"root":      {Account: "111122223333", ARN: "arn:aws:iam::111122223333:root", UserID: "111122223333", Kind: identity.Root},
		"worker":    session(role, worker),
		"fed": session(identity.Session{Issuer: ana.ARN, Name: "temp"}, identity.Principal{
			Account: "111122223333", ARN: "arn:aws:sts::111122223333:federated-user/temp", UserID: "111122223333:temp", Kind: identity.FederatedUser, Name: "temp",
		}),
		"fed-of-root": session(identity.Session{Issuer: "arn:aws:iam::111122223333:root", Name: "temp"}, identity.Principal{
			Account: "111122223333", ARN: "arn:aws:sts::111122223333:federated-user/temp", UserID: "111122223333:temp", Kind: identity.FederatedUser, Name: "temp",
		}),
		"bob":      {Account: "444455556666", ARN: "arn:aws:iam::444455556666:user/bob", UserID: "AIDABOB", Name: "bob", Tags: identity.Tags{{Key: "team", Value: "search"}}},
		"bob-root": {Account: "444455556666", ARN: "arn:aws:iam::444455556666:root", UserID: "444455556666", Kind: identity.Root},
		"guest": session(identity.Session{Issuer: "arn:aws:iam::444455556666:role/guest", Name: "g"}, identity.Principal{
			Account: "444455556666", ARN: "arn:aws:sts::444455556666:assumed-role/guest/g", UserID: "AROAGUEST:g", Kind: identity.AssumedRole, Name: "guest",
		}),
	}
}

// setKey puts a key where a server puts it: into the field that is its own, or among the extra ones. A key named again
// gains a value, if it can have several. The value "absent" takes a key away that typical requests have.
func setKey(r *Request, name, value string, again bool) {
	if value == "absent" {
		value = ""
	}
	k := &r.Keys
	small := strings.ToLower(name)
	texts := map[string]*string{
		"aws:useragent": &k.UserAgent, "aws:referer": &k.Referer, "aws:principalorgid": &k.PrincipalOrgID, "aws:principalorgmasteraccountid": &k.PrincipalOrgMaster,
		"aws:resourceorgid": &k.ResourceOrgID, "bedrock:inferenceprofilearn": &k.InferenceProfileARN, "bedrock:modelarn": &k.ModelARN,
		"bedrock:promptrouterarn": &k.PromptRouterARN, "bedrock:projectarn": &k.ProjectARN, "bedrock:guardrailidentifier": &k.GuardrailIdentifier,
		"bedrock:servicetier": &k.ServiceTier, "aws:requestedregion": (*string)(&k.RequestedRegion),
	}
	lists := map[string]*[]string{"aws:tagkeys": &k.TagKeys, "aws:principalorgpaths": &k.PrincipalOrgPaths, "aws:resourceorgpaths": &k.ResourceOrgPaths}
	switch {
	case texts[small] != nil:
		*texts[small] = value
	case lists[small] != nil:
		*lists[small] = append((*lists[small])[:len(*lists[small]):len(*lists[small])], value)
	case strings.HasPrefix(small, "aws:resourcetag/"):
		k.ResourceTags = append(k.ResourceTags[:len(k.ResourceTags):len(k.ResourceTags)], identity.Tag{Key: name[len("aws:resourcetag/"):], Value: value})
	case strings.HasPrefix(small, "aws:requesttag/"):
		k.RequestTags = append(k.RequestTags[:len(k.RequestTags):len(k.RequestTags)], identity.Tag{Key: name[len("aws:requesttag/"):], Value: value})
	case small == "aws:sourceip":
		k.SourceIP, _ = netip.ParseAddr(value)
	case small == "aws:currenttime":
		k.Time, _ = time.Parse(time.RFC3339, value)
	case small == "aws:epochtime":
		n, _ := strconv.ParseInt(value, 10, 64)
		k.Time = time.Unix(n, 0)
	case small == "aws:securetransport":
		k.SecureTransport = value == "true"
	case small == "aws:resourceaccount":
		r.Owner = arn.Account(value)
	case again:
		last := &k.Extra[len(k.Extra)-1]
		last.Values = append(last.Values, value)
	case value == "":
		k.Extra = append(k.Extra[:len(k.Extra):len(k.Extra)], Extra{Name: name})
	default:
		k.Extra = append(k.Extra[:len(k.Extra):len(k.Extra)], Extra{Name: name, Values: []string{value}})
	}
}
