package audit

import (
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/identity"
)

type userIdentity struct {
	Type        string   `json:"type"`
	PrincipalID string   `json:"principalId,omitzero"`
	ARN         string   `json:"arn,omitzero"`
	Account     string   `json:"accountId,omitzero"`
	AccessKeyID string   `json:"accessKeyId,omitzero"`
	UserName    string   `json:"userName,omitzero"`
	Session     *session `json:"sessionContext,omitzero"`
}

type session struct {
	Issuer         *issuer    `json:"sessionIssuer,omitzero"`
	Attributes     attributes `json:"attributes"`
	SourceIdentity string     `json:"sourceIdentity,omitzero"`
}

type attributes struct {
	Created string `json:"creationDate"`
	MFA     string `json:"mfaAuthenticated"`
}

type issuer struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId,omitzero"`
	ARN         string `json:"arn"`
	Account     string `json:"accountId"`
	UserName    string `json:"userName"`
}

// identify is who called, in CloudTrail's form. A caller without a credential is known by nothing.
func identify(p *identity.Principal) userIdentity {
	if p.Account == "" {
		return userIdentity{Type: "Unknown"}
	}
	u := userIdentity{
		Type: kind(p), PrincipalID: p.UserID, ARN: p.ARN, Account: string(p.Account), AccessKeyID: p.AccessKeyID,
	}
	if p.Kind == identity.User || p.Kind == identity.FederatedUser {
		u.UserName = p.Name
	}
	if s := p.Session; s != nil {
		u.Session = &session{
			Attributes:     attributes{stamp(s.Issued), strconv.FormatBool(s.MFA)},
			SourceIdentity: s.SourceIdentity,
		}
		if p.Kind == identity.AssumedRole {
			role, _, _ := strings.Cut(p.UserID, ":")
			u.Session.Issuer = &issuer{Type: "Role", PrincipalID: role, ARN: s.Issuer, Account: string(p.Account), UserName: p.Name}
		}
	}
	return u
}

func kind(p *identity.Principal) string {
	switch p.Kind {
	case identity.Root:
		return "Root"
	case identity.AssumedRole:
		return "AssumedRole"
	case identity.FederatedUser:
		return "FederatedUser"
	}
	return "IAMUser"
}
