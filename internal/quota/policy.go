package quota

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/outcrop/outcrop/internal/catalog"
)

// Policy is what an operator says of quotas.
type Policy struct {
	// Enforce false refuses nothing: every limit is only watched.
	Enforce bool `yaml:"enforce"`
	// Defaults says what becomes of AWS's published quotas where nothing else is said.
	Defaults Defaults `yaml:"defaults"`
	// Overrides apply in order, each on top of those before it.
	Overrides []Override `yaml:"overrides"`
	// Accounts limit accounts as a whole. They apply in order, too.
	Accounts []AccountLimit `yaml:"accounts"`
	// Shares are parts of accounts' quotas. A call must fit into every share it falls under.
	Shares []Share `yaml:"shares"`
}

// Defaults is what AWS's published quotas are here.
type Defaults string

// The ways to use the published quotas.
const (
	Off          Defaults = "off"     // they are not there
	Watch        Defaults = "watch"   // they are counted and shown, and never refuse
	EnforceThose Defaults = "enforce" // they refuse as on AWS
)

// Where narrows an entry down to some accounts, models, source regions and kinds of calls. What is empty is all of them.
type Where struct {
	Account string        `yaml:"account"` // twelve digits, or a glob
	Model   string        `yaml:"model"`   // id or glob
	Region  string        `yaml:"region"`  // the source region; id or glob
	Scope   catalog.Scope `yaml:"scope"`   // in-region, geo or global
}

func (w *Where) covers(s *Subject) bool {
	return matches(w.Account, string(s.Account)) && matches(w.Model, s.Model) && matches(w.Region, string(s.Source)) &&
		(w.Scope == "" || w.Scope == s.Scope)
}

// Amounts are limits as an operator writes them. What is left out is not said.
type Amounts struct {
	Requests   *Amount `yaml:"requests-per-minute"`
	Tokens     *Amount `yaml:"tokens-per-minute"`
	DayTokens  *Amount `yaml:"tokens-per-day"`
	Concurrent *Amount `yaml:"concurrency"`
}

func (a *Amounts) all() [measures]*Amount {
	return [measures]*Amount{Requests: a.Requests, Tokens: a.Tokens, DayTokens: a.DayTokens, Concurrent: a.Concurrent}
}

// Override is limits of the quotas that some calls fall under. Each account, model, source region and kind of call has
// a quota of its own.
type Override struct {
	Where   `yaml:",inline"`
	Amounts `yaml:",inline"`
}

// AccountLimit is what accounts may use in a day, of all models from all regions together.
type AccountLimit struct {
	Account   string  `yaml:"account"` // twelve digits, or a glob; empty is every account
	DayTokens *Amount `yaml:"tokens-per-day"`
}

// Share is a part of an account's quota for those who call through some application profiles, or are some principals.
type Share struct {
	Name string `yaml:"name"` // shown in refusals

	// Who it is for: all that are set must match.
	Profile   string            `yaml:"profile"`   // an application profile's name, id or ARN, or a glob of them
	Tags      map[string]string `yaml:"tags"`      // of the application profile; values may be globs
	Principal string            `yaml:"principal"` // ARN of a user or role, or a glob

	// Each gives everyone who matches a share of its own; else all have it together.
	Each bool `yaml:"each"`
	// Pooled counts all models, source regions and kinds of calls together; else each has its own limits, as quotas have.
	Pooled bool `yaml:"pooled"`

	Where   `yaml:",inline"`
	Amounts `yaml:",inline"`
}

// Amount is one limit: a number, none, or for shares a part of the account's own limit.
type Amount struct {
	N     int64
	None  bool
	Parts int64 // of tenThousand; 0: N is meant
}

const (
	tenThousand = 10_000 // so many parts are the whole: 12.34 % are 1234
	maxAmount   = 1e15
)

var errAmount = errors.New("want a whole number from 0 to 1e15, none, or in shares a percentage such as 40%")

// UnmarshalText reads 100000, 100_000, none, 40% or 12.5%.
func (a *Amount) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	if text == "none" {
		*a = Amount{None: true}
		return nil
	}
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		whole, fraction, _ := strings.Cut(strings.TrimSpace(percent), ".")
		n, err := strconv.ParseUint(whole+(fraction + "00")[:2], 10, 32)
		if err != nil || len(fraction) > 2 || whole == "" || n == 0 || n > tenThousand {
			return fmt.Errorf("%q: want a percentage above 0 and up to 100%%, with two decimals at most", text)
		}
		*a = Amount{Parts: int64(n)}
		return nil
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	if err != nil || n < 0 || n > maxAmount {
		return fmt.Errorf("%w, found %q", errAmount, text)
	}
	*a = Amount{N: n}
	return nil
}

// String is the amount as it is written.
func (a Amount) String() string {
	switch {
	case a.None:
		return "none"
	case a.Parts != 0:
		return strconv.FormatFloat(float64(a.Parts)/(tenThousand/100), 'f', -1, 64) + "%"
	}
	return strconv.FormatInt(a.N, 10)
}
