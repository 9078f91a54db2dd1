package config

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/config/strict"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/provider/awsauth"
)

// The types of provider that a file can name.
const (
	TypeOpenAI    = "openai"    // any server that speaks the OpenAI chat completions API
	TypeBedrock   = "bedrock"   // Amazon Bedrock, or another Outcrop
	TypeAnthropic = "anthropic" // Anthropic's Messages API, or a server that speaks it
)

// SimulatorName is the provider that needs no entry: a deployment may name it beside the file's own.
const SimulatorName = "simulator"

// Provider is a server that really runs models.
type Provider struct {
	Name string `yaml:"name"`
	Type string `yaml:"type"`
	// URL of an openai provider goes up to and with /v1, and its query goes along with every call. The other
	// types know where to call; {region} in a bedrock provider's URL is the region of the call.
	URL string `yaml:"url"`
	// APIKey is the key itself, usually as ${NAME}, or file:PATH for the first line of a file.
	APIKey  identity.Secret `yaml:"api-key"`
	Timeout time.Duration   `yaml:"timeout"` // for a whole answer
	// CompletionTokens sends max_completion_tokens for max_tokens, as OpenAI's reasoning models demand.
	CompletionTokens bool `yaml:"completion-tokens"`

	// Metrics is where a vLLM or llama.cpp server tells what it does; its deployments' headroom follows it.
	Metrics *UpstreamMetrics `yaml:"metrics"`

	// Version and Betas are those of Anthropic's API.
	Version string   `yaml:"version"`
	Betas   []string `yaml:"betas"`

	// Region is the AWS region to call and to sign for, whatever the deployment's.
	Region      arn.Region   `yaml:"region"`
	Credentials *Credentials `yaml:"credentials"`
	AssumeRole  *AssumeRole  `yaml:"assume-role"`
}

// UpstreamMetrics are the metrics of a model server, in the form of Prometheus.
type UpstreamMetrics struct {
	URL   string        `yaml:"url"`
	Every time.Duration `yaml:"every"` // 2s when left out
}

// Credentials sign the calls of a bedrock provider without an API key. Without any the standard chain of the AWS SDKs
// finds them: environment, shared files, web identity, container, instance.
type Credentials struct {
	Profile         string          `yaml:"profile"` // of the shared files
	AccessKeyID     string          `yaml:"access-key-id"`
	SecretAccessKey identity.Secret `yaml:"secret-access-key"`
	SessionToken    identity.Secret `yaml:"session-token"`
}

// AssumeRole is the role that a bedrock provider's calls are made in. The session's name and tags may hold {account},
// {principal}, {profile} and {tag:KEY}.
type AssumeRole struct {
	Role        string                      `yaml:"role"` // an ARN
	ExternalID  string                      `yaml:"external-id"`
	SessionName awsauth.Template            `yaml:"session-name"`
	SessionTags map[string]awsauth.Template `yaml:"session-tags"`
	Duration    time.Duration               `yaml:"duration"` // of a session; an hour when left out
	STS         string                      `yaml:"sts-url"`  // left out: the endpoint of the call's region
}

// Auth is the provider's own words for the same.
func (p *Provider) Auth() awsauth.Options {
	var o awsauth.Options
	if c := p.Credentials; c != nil {
		o.Profile, o.Token = c.Profile, c.SessionToken
		o.Key = identity.AccessKey{ID: c.AccessKeyID, Secret: c.SecretAccessKey}
	}
	if r := p.AssumeRole; r != nil {
		o.Role = &awsauth.Role{
			ARN: r.Role, ExternalID: r.ExternalID, SessionName: r.SessionName, Tags: r.SessionTags, Duration: r.Duration, STS: r.STS,
		}
	}
	return o
}

// fill completes one provider.
func (p *Provider) fill(doc *strict.Document, at, dir string) {
	if !doc.Has(at + ".timeout") {
		p.Timeout = defaultTimeout
	}
	p.URL = strings.TrimRight(p.URL, "/")
	if p.Metrics != nil && !doc.Has(at+".metrics.every") {
		p.Metrics.Every = defaultMetricsEvery
	}
	secrets := map[string]*identity.Secret{".api-key": &p.APIKey}
	if c := p.Credentials; c != nil {
		secrets[".credentials.secret-access-key"], secrets[".credentials.session-token"] = &c.SecretAccessKey, &c.SessionToken
	}
	for key, s := range secrets {
		var err error
		if *s, err = secret(dir, *s); err != nil {
			doc.Fault(at+key, "%v", err)
		}
	}
}

func (k checker) providers(all []Provider) {
	first := map[string]int{}
	for i := range all {
		p, at := &all[i], fmt.Sprintf("providers[%d]", i)
		switch j, twice := first[p.Name]; {
		case p.Name == "":
			k.Fault(at+".name", "a provider needs a name, for deployments to refer to")
		case p.Name == SimulatorName:
			k.Fault(at+".name", "%q is the built-in simulator; choose another name", p.Name)
		case twice:
			k.Fault(at+".name", "%q is already the name of the provider in line %d", p.Name, k.At(fmt.Sprintf("providers[%d]", j)).Line)
		default:
			first[p.Name] = i
		}
		if p.Type == "" {
			k.Fault(at+".type", "a provider needs a type: %s, %s or %s", TypeOpenAI, TypeBedrock, TypeAnthropic)
		} else {
			k.oneOf(at+".type", p.Type, TypeOpenAI, TypeBedrock, TypeAnthropic)
		}
		k.providerURL(at, p)
		k.timeout(at+".timeout", p.Timeout)
		k.foreign(at, p)
		if p.Metrics != nil {
			k.upstreamMetrics(at+".metrics", p.Metrics)
		}
		if p.Type == TypeBedrock {
			k.aws(at, p)
		}
		if p.Type == TypeAnthropic && p.URL == "" && p.APIKey.IsZero() {
			k.Fault(at+".api-key", "Anthropic's API takes no call without an api-key; write ${ANTHROPIC_API_KEY}, or file:PATH")
		}
	}
}

// providerURL checks an address, which only some types can do without.
func (k checker) providerURL(at string, p *Provider) {
	example, text := "http://127.0.0.1:8000/v1", p.URL
	switch p.Type {
	case TypeBedrock:
		example, text = "https://bedrock-runtime.{region}.amazonaws.com", strings.ReplaceAll(p.URL, "{region}", "us-east-1")
	case TypeAnthropic:
		example = "https://api.anthropic.com"
	}
	if text == "" && (p.Type == TypeBedrock || p.Type == TypeAnthropic) {
		return
	}
	if why := badURL(text, example); why != "" {
		k.Fault(at+".url", "%s", why)
	}
}

// How often an upstream is asked for its metrics. News older than 15 seconds does not count.
const (
	defaultMetricsEvery              = 2 * time.Second
	minMetricsEvery, maxMetricsEvery = 100 * time.Millisecond, 10 * time.Second
)

func (k checker) upstreamMetrics(at string, m *UpstreamMetrics) {
	if why := badURL(m.URL, "http://127.0.0.1:8000/metrics"); why != "" {
		k.Fault(at+".url", "%s", why)
	}
	k.between(at+".every", m.Every, minMetricsEvery, maxMetricsEvery)
}

// foreign reports keys that belong to providers of another type.
func (k checker) foreign(at string, p *Provider) {
	for _, f := range [...]struct{ key, owner string }{
		{"completion-tokens", TypeOpenAI},
		{"metrics", TypeOpenAI},
		{"version", TypeAnthropic},
		{"betas", TypeAnthropic},
		{"region", TypeBedrock},
		{"credentials", TypeBedrock},
		{"assume-role", TypeBedrock},
	} {
		if p.Type != "" && p.Type != f.owner && k.Has(at+"."+f.key) {
			k.Fault(at+"."+f.key, "belongs to providers of the type %s", f.owner)
		}
	}
}

// The bounds of a session, which STS sets.
const (
	minSession, maxSession = 15 * time.Minute, 12 * time.Hour
	maxSessionTags         = 50
)

// aws checks how a bedrock provider proves who it is.
func (k checker) aws(at string, p *Provider) {
	if !p.APIKey.IsZero() && (p.Credentials != nil || p.AssumeRole != nil) {
		k.Fault(at+".api-key", "an API key signs nothing; leave out either it or credentials and assume-role")
	}
	if c := p.Credentials; c != nil {
		if (c.AccessKeyID == "") != c.SecretAccessKey.IsZero() {
			k.Fault(at+".credentials", "access-key-id and secret-access-key go together")
		}
		if c.AccessKeyID != "" && c.Profile != "" {
			k.Fault(at+".credentials.profile", "a key pair is used as it is; leave out either it or profile")
		}
		if c.AccessKeyID == "" && !c.SessionToken.IsZero() {
			k.Fault(at+".credentials.session-token", "belongs to an access-key-id")
		}
	}
	if p.AssumeRole != nil {
		k.role(at+".assume-role", p.AssumeRole)
	}
}

func (k checker) role(at string, r *AssumeRole) {
	if a, ok := arn.Parse(r.Role); !ok || a.Service != "iam" || !strings.HasPrefix(a.Resource, "role/") {
		k.Fault(at+".role", "want the ARN of a role, such as arn:aws:iam::111122223333:role/outcrop, found %q", r.Role)
	}
	if d := cmp.Or(r.Duration, time.Hour); d < minSession || d > maxSession {
		k.Fault(at+".duration", "want %s to %s, found %s", plain(minSession), plain(maxSession), plain(d))
	}
	if err := r.SessionName.Check(); err != nil {
		k.Fault(at+".session-name", "%v", err)
	}
	if n := len(r.SessionTags); n > maxSessionTags {
		k.Fault(at+".session-tags", "want at most %d tags, found %d", maxSessionTags, n)
	}
	for key, value := range r.SessionTags {
		if err := value.Check(); err != nil {
			k.Fault(at+".session-tags."+key, "%v", err)
		}
	}
	if r.STS != "" {
		if why := badURL(r.STS, "https://sts.us-east-1.amazonaws.com"); why != "" {
			k.Fault(at+".sts-url", "%s", why)
		}
	}
}

// badURL says what keeps text from being a provider's base address, or nothing.
func badURL(text, example string) string {
	if text == "" {
		return "a provider needs the url of its API, such as " + example
	}
	u, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(text, "@"):
		return "this is not a URL; write one such as " + example // and not the text: it may hold a password
	case err != nil:
		return fmt.Sprintf("%q is not a URL; write one such as %s", text, example)
	case u.User != nil:
		return "leave user and password out of the url; api-key holds the secret"
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return fmt.Sprintf("%q is not an http or https URL with a host; write one such as %s", text, example)
	case u.Fragment != "":
		return fmt.Sprintf("%q has a fragment, which no server ever sees; write a URL such as %s", text, example)
	}
	return ""
}
