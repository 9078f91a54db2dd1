package awsauth

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/provider"
)

// Role is what is assumed for a call.
type Role struct {
	ARN        string
	ExternalID string
	// SessionName names the session in CloudTrail; "" is "outcrop".
	SessionName Template
	// Tags are the session's: by these a bill and a policy of the upstream account tell one caller from another.
	Tags     map[string]Template
	Duration time.Duration // of a session; 0 is an hour
	// STS is where to ask; "" is the endpoint of the call's region.
	STS string
}

// Check refuses a role that no call could assume.
func (r *Role) Check() error {
	errs := []error{r.SessionName.Check()}
	for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
		errs = append(errs, r.Tags[key].Check())
	}
	return errors.Join(errs...)
}

// maxSessions is how many sessions are kept, about 2 KB each. The one not used for the longest time goes first.
const maxSessions = 4096

// sessions keeps a session for every set of tags. It is safe for concurrent use.
type sessions struct {
	base aws.CredentialsProvider
	role Role
	keys []string // of the tags, sorted

	mu      sync.Mutex // guards the fields below; held across memory work only
	all     map[string]*session
	clients map[arn.Region]*sts.Client
	tick    int64 // counts uses
}

// session is one assumed role. Whoever finds it expired fetches it anew, once for all who wait.
type session struct {
	*aws.CredentialsCache
	used int64
}

func newSessions(base aws.CredentialsProvider, r Role) (*sessions, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	return &sessions{
		base: base, role: r, keys: slices.Sorted(maps.Keys(r.Tags)),
		all: map[string]*session{}, clients: map[arn.Region]*sts.Client{},
	}, nil
}

// client is the region's STS. The lock is held.
func (s *sessions) client(region arn.Region) *sts.Client {
	c := s.clients[region]
	if c == nil {
		c = sts.New(sts.Options{
			Region: string(region), Credentials: s.base, BaseEndpoint: aws.String(cmp.Or(s.role.STS, Endpoint("sts", region))),
		})
		s.clients[region] = c
	}
	return c
}

// of finds or makes the session of a caller.
func (s *sessions) of(c *provider.Caller, region arn.Region) aws.CredentialsProvider {
	name, tags := s.describe(c)
	var id strings.Builder
	for _, part := range append([]string{string(region), name}, tags...) {
		id.WriteString(part)
		id.WriteByte(0)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tick++
	found := s.all[id.String()]
	if found == nil {
		s.makeRoom()
		found = &session{CredentialsCache: aws.NewCredentialsCache(s.assume(name, tags, region), func(o *aws.CredentialsCacheOptions) {
			o.ExpiryWindow = refreshBefore
		})}
		s.all[id.String()] = found
	}
	found.used = s.tick
	return found
}

func (s *sessions) makeRoom() {
	if len(s.all) < maxSessions {
		return
	}
	oldest, least := "", s.tick
	for id, x := range s.all {
		if x.used < least {
			oldest, least = id, x.used
		}
	}
	delete(s.all, oldest)
}

// Lengths that STS allows.
const (
	mostName = 64
	mostTag  = 256
)

// describe fills the templates: the session's name, and the tags' values in the order of keys.
func (s *sessions) describe(c *provider.Caller) (name string, tags []string) {
	name = clean(s.role.SessionName.expand(c), func(r rune) bool {
		return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_+=,.@-", r))
	}, '-', mostName)
	if len(name) < 2 { // the least STS takes
		name = "outcrop"
	}
	tags = make([]string, len(s.keys))
	for i, key := range s.keys {
		tags[i] = clean(s.role.Tags[key].expand(c), func(r rune) bool {
			return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Zs, r) || strings.ContainsRune("_.:/=+-@", r)
		}, '_', mostTag)
	}
	return name, tags
}

// assume makes the provider of one session's credentials.
func (s *sessions) assume(name string, values []string, region arn.Region) *assumed {
	in := &sts.AssumeRoleInput{
		RoleArn: &s.role.ARN, RoleSessionName: &name,
		DurationSeconds: aws.Int32(int32(cmp.Or(s.role.Duration, time.Hour).Seconds())),
	}
	if s.role.ExternalID != "" {
		in.ExternalId = &s.role.ExternalID
	}
	for i, key := range s.keys {
		if values[i] != "" {
			in.Tags = append(in.Tags, types.Tag{Key: &key, Value: &values[i]})
		}
	}
	return &assumed{input: in, client: s.client(region)}
}

// assumed fetches the credentials of one session.
type assumed struct {
	client *sts.Client
	input  *sts.AssumeRoleInput
	// ends is when the last credentials end. The cache, which calls one method at a time, knows only when
	// they are due.
	ends time.Time
}

var (
	_ aws.CredentialsProvider                       = (*assumed)(nil)
	_ aws.HandleFailRefreshCredentialsCacheStrategy = (*assumed)(nil)
)

// Retrieve asks STS.
func (a *assumed) Retrieve(ctx context.Context) (aws.Credentials, error) {
	out, err := a.client.AssumeRole(ctx, a.input)
	if err != nil {
		return aws.Credentials{}, err
	}
	c := out.Credentials
	if c == nil || c.AccessKeyId == nil || c.SecretAccessKey == nil || c.SessionToken == nil || c.Expiration == nil {
		return aws.Credentials{}, errors.New("STS answered without credentials")
	}
	a.ends = *c.Expiration
	return aws.Credentials{
		AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken,
		CanExpire: true, Expires: *c.Expiration,
	}, nil
}

// askAgain is how long credentials that could not be replaced are used before STS is asked once more.
const askAgain = 30 * time.Second

// HandleFailToRefresh goes on with credentials that are due and not over: STS may be back before they are.
func (a *assumed) HandleFailToRefresh(_ context.Context, last aws.Credentials, err error) (aws.Credentials, error) {
	now := time.Now()
	if !last.HasKeys() || !now.Add(askAgain).Before(a.ends) {
		return aws.Credentials{}, err
	}
	last.Expires = now.Add(askAgain + refreshBefore) // of which the cache takes the latter off again
	return last, nil
}
