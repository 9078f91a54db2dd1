package policy

import (
	"net/netip"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/identity"
)

// Request is what somebody wants to do, and everything a condition may ask about it.
type Request struct {
	Action string // "bedrock:InvokeModel"
	// Resource is an ARN; empty for an action that has no resource, which only the resource "*" covers.
	Resource string
	// Owner is the resource's account; empty when none owns it, as with foundation models.
	Owner arn.Account
	// Principal is the caller. It is nil for one whom an identity provider vouches for, and who is nobody yet.
	Principal *identity.Principal
	// Federated is that provider: the ARN of its registration.
	Federated string
	// Service is a service of AWS's that acts by itself, such as "budgets.amazonaws.com". It has no Principal either.
	Service string
	Keys    Keys
}

// Keys are the condition keys of a request that do not follow from the rest of it. What is zero is not present.
type Keys struct {
	Time            time.Time  // aws:CurrentTime, aws:EpochTime
	SourceIP        netip.Addr // aws:SourceIp
	SecureTransport bool       // aws:SecureTransport, which is always present
	UserAgent       string     // aws:UserAgent
	Referer         string     // aws:Referer

	RequestedRegion arn.Region    // aws:RequestedRegion
	ResourceTags    identity.Tags // aws:ResourceTag/*
	RequestTags     identity.Tags // aws:RequestTag/* and, unless TagKeys is set, aws:TagKeys
	TagKeys         []string      // aws:TagKeys of a call that names keys without values

	// The organisations, as the directory knows them.
	PrincipalOrgID     string   // aws:PrincipalOrgID
	PrincipalOrgMaster string   // aws:PrincipalOrgMasterAccountId
	PrincipalOrgPaths  []string // aws:PrincipalOrgPaths
	ResourceOrgID      string   // aws:ResourceOrgID
	ResourceOrgPaths   []string // aws:ResourceOrgPaths

	InferenceProfileARN string // bedrock:InferenceProfileArn
	ModelARN            string // bedrock:ModelArn
	PromptRouterARN     string // bedrock:PromptRouterArn
	ProjectARN          string // bedrock:ProjectArn
	GuardrailIdentifier string // bedrock:GuardrailIdentifier
	ServiceTier         string // bedrock:ServiceTier

	// Extra are keys by name: those of one service alone, such as sts:ExternalId, iam:PolicyARN and
	// "issuer.example:sub". One that is named like a key above takes its place.
	Extra []Extra
}

// Extra is one condition key and its values. Without a value it is not present.
type Extra struct {
	Name   string // its case does not count
	Values []string
}
