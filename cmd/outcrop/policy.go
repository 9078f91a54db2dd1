package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// policyCommand is about who may do what.
type policyCommand struct {
	Explain policyExplainCommand `cmd:"" help:"Say what becomes of an action, and which statement of which policy decides."`
}

type policyExplainCommand struct {
	clientFlags
	Principal      string   `arg:"" help:"ARN of the user, the role or the group who acts."`
	Action         string   `arg:"" help:"What they do, such as bedrock:InvokeModel."`
	Resource       string   `arg:"" optional:"" help:"ARN of what they do it to (default: *)."`
	Key            []string `help:"Value of a condition key, such as aws:RequestedRegion=us-east-1. Again: another key, or another value of the same." placeholder:"NAME=VALUE" sep:"none"`
	Policy         []string `help:"File with one more identity policy." placeholder:"FILE" sep:"none"`
	ResourcePolicy string   `help:"File with the resource's policy." placeholder:"FILE"`
	Boundary       string   `help:"File with a permissions boundary, in place of the principal's." placeholder:"FILE"`
	Session        []string `help:"File with a session policy. Only with --offline." placeholder:"FILE" sep:"none"`
	SCP            []string `name:"scp" help:"File with a service control policy, each a level of its own. Only with --offline." placeholder:"FILE" sep:"none"`
	Offline        bool     `help:"Ask no server: the files are all the policies there are."`
	All            bool     `help:"Show every statement, and why it does not apply. Only with --offline." short:"a"`
}

// Help says whom it asks.
func (policyExplainCommand) Help() string {
	return "The server is asked with IAM's SimulatePrincipalPolicy, which needs the right to call it; server and key are found as for outcrop converse. " +
		"The server knows the principal; the tags and the policy of an application inference profile, and a role's trust policy, are asked of it too. " +
		"What only a call knows is given with --key."
}

// Run asks once and says what was decided.
func (c *policyExplainCommand) Run(ctx context.Context, p *process) error {
	q, err := c.question()
	if err != nil {
		return exit{exitMisuse, err}
	}
	var v *verdict
	if c.Offline {
		v, err = q.offline(c.All)
	} else {
		var to access
		if to, err = c.access(p, "AWS_ENDPOINT_URL_IAM", iamRegion); err != nil {
			return err
		}
		unknown := q.learn(ctx, to)
		if v, err = q.ask(ctx, to); v != nil {
			v.unknown = unknown
		}
	}
	if err != nil {
		return err
	}
	return v.write(p.stdout)
}

// rightsQuestion is what to find out.
type rightsQuestion struct {
	principal, action, resource string
	keys                        []contextKey
	identity, session, scps     []policyFile
	boundary, forResource       []policyFile // one or none
}

// contextKey is a condition key with its values.
type contextKey struct {
	name   string
	values []string
}

// policyFile is a document and where it is from.
type policyFile struct{ name, text string }

func (c *policyExplainCommand) question() (*rightsQuestion, error) {
	if !c.Offline && (c.Session != nil || c.SCP != nil || c.All) {
		return nil, errors.New("--session, --scp and --all need --offline: a server has policies of its own, and tells only of those that decide")
	}
	q := &rightsQuestion{principal: c.Principal, action: c.Action, resource: c.Resource}
	if q.resource == "" {
		q.resource = "*"
	}
	for _, k := range c.Key {
		if err := q.key(k); err != nil {
			return nil, err
		}
	}
	for to, names := range map[*[]policyFile][]string{
		&q.identity: c.Policy, &q.session: c.Session, &q.scps: c.SCP, &q.boundary: optional(c.Boundary), &q.forResource: optional(c.ResourcePolicy),
	} {
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("cannot read a policy: %w", err)
			}
			*to = append(*to, policyFile{name, string(text)})
		}
	}
	return q, nil
}

// optional is a list of one name, or of none.
func optional(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

// key takes in one flag. A key that is named again has one more value.
func (q *rightsQuestion) key(flag string) error {
	name, value, ok := strings.Cut(flag, "=")
	if !ok || !strings.Contains(name, ":") {
		return fmt.Errorf("--key: want NAME=VALUE with a name such as aws:SourceIp, found %q", flag)
	}
	for i := range q.keys {
		if strings.EqualFold(q.keys[i].name, name) {
			q.keys[i].values = append(q.keys[i].values, value)
			return nil
		}
	}
	q.keys = append(q.keys, contextKey{name, []string{value}})
	return nil
}
