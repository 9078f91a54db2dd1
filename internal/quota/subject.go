package quota

import (
	"strings"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/profile"
)

// Call is what decides which quotas a call takes from.
type Call struct {
	Source      arn.Region
	Model       *catalog.Model
	Scope       profile.Scope
	Application *profile.Application // nil when none was called
	// Principal is the ARN of the user or role that calls. Sessions of a role count as the role: whoever may assume it
	// chooses their names.
	Principal string
}

// Subject is who has a quota, and of what.
type Subject struct {
	Account arn.Account
	// Source, Model and Scope are empty where use is counted over all of them.
	Source arn.Region
	Model  string
	Scope  catalog.Scope
	// Share is the name of a part of the account's quota; it is empty for the quota itself.
	Share string
	// Who has the share, where each of many has one: the profiles, tags and principals it is for.
	Who string
}

// account is the account's own subject: all its models together.
func account(a arn.Account) Subject { return Subject{Account: a} }

// String tells a subject to people: "share search of account 111122223333 for amazon.nova-lite-v1:0 from us-east-1 (geo)".
func (s Subject) String() string {
	var b strings.Builder
	if s.Share != "" {
		b.WriteString("share " + s.Share)
		if s.Who != "" {
			b.WriteString(" (" + s.Who + ")")
		}
		b.WriteString(" of ")
	}
	b.WriteString("account " + string(s.Account))
	if s.Model != "" {
		b.WriteString(" for " + s.Model + " from " + string(s.Source) + " (" + string(s.Scope) + ")")
	} else {
		b.WriteString(" for all models")
	}
	return b.String()
}

// scopes are the kinds of calls as quotas name them.
var scopes = [...]catalog.Scope{profile.InRegion: catalog.InRegion, profile.Geo: catalog.Geo, profile.Global: catalog.Global}
