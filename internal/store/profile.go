package store

import (
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

// ProfileKey names one application inference profile.
type ProfileKey struct {
	Account arn.Account
	Region  arn.Region
	ID      string // what follows "application-inference-profile/" in its ARN
}

// String is the key as errors and logs show it.
func (k ProfileKey) String() string {
	return string(k.Account) + "/" + string(k.Region) + "/" + k.ID
}

// Compare orders keys by account, region and id, byte by byte.
func (k ProfileKey) Compare(other ProfileKey) int {
	if c := strings.Compare(string(k.Account), string(other.Account)); c != 0 {
		return c
	}
	if c := strings.Compare(string(k.Region), string(other.Region)); c != 0 {
		return c
	}
	return strings.Compare(k.ID, other.ID)
}

// Tags are a resource's tags by key.
type Tags map[string]string

// Profile is an application inference profile. Nothing of it ever changes but its tags and its policy.
type Profile struct {
	ProfileKey
	Name        string
	Description string    // empty when there is none
	Source      string    // ARN of the foundation model or the cross-region profile it copies
	Created     time.Time // to the nanosecond, in UTC
	Updated     time.Time
	Tags        Tags   // never nil when read
	Policy      string // its resource policy, JSON; empty when it has none
}

// ParametersHash is a digest of everything a create asked for, made by whoever creates.
type ParametersHash [32]byte

// Creation is a profile to add and the conditions under which to add it.
type Creation struct {
	Profile
	// Token makes a repeated create harmless; empty means that there is none.
	Token      string
	Parameters ParametersHash
	// Limit is how many profiles the account may have in all regions, this one included; 0 means
	// that there is no limit.
	Limit int
}
