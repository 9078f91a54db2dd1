package policy

import (
	"strings"

	"github.com/outcrop/outcrop/internal/identity"
)

// key is a condition key's name, compiled.
type key struct {
	id   keyID
	name string // as written
	tag  string // what follows the slash in the names of tags
}

type keyID uint8

const (
	otherKey keyID = iota // found in Keys.Extra alone
	currentTime
	epochTime
	sourceIP
	secureTransport
	userAgent
	referer
	requestedRegion
	resourceTag
	requestTag
	tagKeys
	resourceAccount
	resourceOrgID
	resourceOrgPaths
	principalARN
	principalAccount
	principalType
	principalTag
	principalOrgID
	principalOrgMaster
	principalOrgPaths
	principalIsService
	viaService
	userID
	userName
	tokenIssueTime
	multiFactor
	multiFactorAge
	sourceIdentity
	federatedProvider
	bearerType
	inferenceProfile
	modelARN
	promptRouter
	projectARN
	guardrail
	serviceTier
)

// keyOf compiles a name. The case of a condition key does not count, nor that of the tag's key within it.
func keyOf(name string) key {
	small := strings.ToLower(name)
	if prefix, tag, ok := strings.Cut(small, "/"); ok {
		switch prefix {
		case "aws:principaltag":
			return key{principalTag, name, tag}
		case "aws:resourcetag", "iam:resourcetag":
			return key{resourceTag, name, tag}
		case "aws:requesttag":
			return key{requestTag, name, tag}
		}
	}
	return key{id: keyIDOf(small), name: name}
}

func keyIDOf(small string) keyID {
	switch small {
	case "aws:currenttime":
		return currentTime
	case "aws:epochtime":
		return epochTime
	case "aws:sourceip":
		return sourceIP
	case "aws:securetransport":
		return secureTransport
	case "aws:useragent":
		return userAgent
	case "aws:referer":
		return referer
	case "aws:requestedregion":
		return requestedRegion
	case "aws:tagkeys":
		return tagKeys
	case "aws:resourceaccount":
		return resourceAccount
	case "aws:resourceorgid":
		return resourceOrgID
	case "aws:resourceorgpaths":
		return resourceOrgPaths
	}
	if id := principalKeyID(small); id != otherKey {
		return id
	}
	return bedrockKeyID(small)
}

func principalKeyID(small string) keyID {
	switch small {
	case "aws:principalarn":
		return principalARN
	case "aws:principalaccount":
		return principalAccount
	case "aws:principaltype":
		return principalType
	case "aws:principalorgid":
		return principalOrgID
	case "aws:principalorgmasteraccountid":
		return principalOrgMaster
	case "aws:principalorgpaths":
		return principalOrgPaths
	case "aws:principalisawsservice":
		return principalIsService
	case "aws:viaawsservice":
		return viaService
	case "aws:userid":
		return userID
	case "aws:username":
		return userName
	case "aws:tokenissuetime":
		return tokenIssueTime
	case "aws:multifactorauthpresent":
		return multiFactor
	case "aws:multifactorauthage":
		return multiFactorAge
	case "aws:sourceidentity":
		return sourceIdentity
	case "aws:federatedprovider":
		return federatedProvider
	}
	return otherKey
}

func bedrockKeyID(small string) keyID {
	switch small {
	case "bedrock:bearertokentype":
		return bearerType
	case "bedrock:inferenceprofilearn":
		return inferenceProfile
	case "bedrock:modelarn":
		return modelARN
	case "bedrock:promptrouterarn":
		return promptRouter
	case "bedrock:projectarn":
		return projectARN
	case "bedrock:guardrailidentifier":
		return guardrail
	case "bedrock:servicetier":
		return serviceTier
	}
	return otherKey
}

// value looks a key up. What the caller put into Extra goes before what follows from the request.
func (r *Request) value(k *key) value {
	for i := range r.Keys.Extra {
		if e := &r.Keys.Extra[i]; strings.EqualFold(e.Name, k.name) {
			return value{kind: listValue, list: e.Values}
		}
	}
	if k.id < principalARN {
		return r.requestValue(k)
	}
	if k.id >= inferenceProfile {
		return text(r.bedrockValue(k.id))
	}
	if r.Principal == nil {
		return value{}
	}
	return r.principalValue(k)
}

func (r *Request) requestValue(k *key) value {
	keys := &r.Keys
	switch k.id {
	case currentTime:
		return instant(keys.Time)
	case epochTime:
		return epoch(keys.Time)
	case sourceIP:
		return value{kind: addressValue, address: keys.SourceIP.Unmap()}.unless(!keys.SourceIP.IsValid())
	case secureTransport:
		return truth(keys.SecureTransport)
	case userAgent:
		return text(keys.UserAgent)
	case referer:
		return text(keys.Referer)
	case requestedRegion:
		return text(string(keys.RequestedRegion))
	case resourceTag:
		return tagged(keys.ResourceTags, k.tag)
	case requestTag:
		return tagged(keys.RequestTags, k.tag)
	case tagKeys:
		if keys.TagKeys != nil {
			return value{kind: listValue, list: keys.TagKeys}
		}
		return value{kind: tagsValue, tags: keys.RequestTags}
	case resourceAccount:
		return text(string(r.Owner))
	case resourceOrgID:
		return text(keys.ResourceOrgID)
	case resourceOrgPaths:
		return value{kind: listValue, list: keys.ResourceOrgPaths}
	}
	return value{}
}

func (r *Request) bedrockValue(id keyID) string {
	switch keys := &r.Keys; id {
	case inferenceProfile:
		return keys.InferenceProfileARN
	case modelARN:
		return keys.ModelARN
	case promptRouter:
		return keys.PromptRouterARN
	case projectARN:
		return keys.ProjectARN
	case guardrail:
		return keys.GuardrailIdentifier
	case serviceTier:
		return keys.ServiceTier
	}
	return ""
}

func (r *Request) principalValue(k *key) value {
	switch p := r.Principal; k.id {
	case principalARN:
		return text(principalName(p))
	case principalAccount:
		return text(string(p.Account))
	case principalType:
		return text(p.Kind.String())
	case principalTag:
		return tagged(p.Tags, k.tag)
	case principalOrgID:
		return text(r.Keys.PrincipalOrgID)
	case principalOrgMaster:
		return text(r.Keys.PrincipalOrgMaster)
	case principalOrgPaths:
		return value{kind: listValue, list: r.Keys.PrincipalOrgPaths}
	case principalIsService, viaService:
		return text("false")
	case userID:
		return text(p.UserID)
	case userName:
		return text(p.Name).unless(p.Kind != identity.User)
	case bearerType:
		return text(string(p.Bearer))
	}
	if r.Principal.Session == nil {
		return value{}
	}
	return r.sessionValue(k.id, r.Principal.Session)
}

// sessionValue looks up the keys that only temporary credentials have.
func (r *Request) sessionValue(id keyID, s *identity.Session) value {
	switch id {
	case tokenIssueTime:
		return instant(s.Issued)
	case multiFactor:
		return truth(s.MFA)
	case multiFactorAge:
		return seconds(r.Keys.Time.Sub(s.Issued)).unless(!s.MFA || s.Issued.IsZero() || r.Keys.Time.IsZero())
	case sourceIdentity:
		return text(s.SourceIdentity)
	case federatedProvider:
		return text(s.Provider)
	}
	return value{}
}

// principalName is aws:PrincipalArn: of a role's session the role's ARN, of everybody else their own.
func principalName(p *identity.Principal) string {
	if p.Kind == identity.AssumedRole && p.Session != nil && p.Session.Issuer != "" {
		return p.Session.Issuer
	}
	return p.ARN
}
