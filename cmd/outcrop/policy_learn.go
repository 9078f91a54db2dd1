package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// learn asks the server what decides about a resource and only its owner knows: of an application profile its tags and
// its policy, of a role that is assumed its trust policy. What the command line says goes before. What stays unknown is
// told, and is no error: a profile need not exist yet.
func (q *rightsQuestion) learn(ctx context.Context, to access) (unknown []string) {
	missed := func(what string, err error) {
		if err != nil {
			sentence, _, _ := strings.Cut(err.Error(), "\n") // a hint may follow
			unknown = append(unknown, what+": "+sentence)
		}
	}
	if id, ok := arn.ParseIdentifier(q.resource); ok && id.Kind == arn.ApplicationARN {
		to.region = id.ARN.Region
		missed("the resource's tags", q.learnTags(ctx, to))
		if q.forResource == nil {
			missed("the resource's policy", q.learnPolicy(ctx, to))
		}
	}
	if a, ok := arn.Parse(q.resource); ok && a.Service == "iam" && strings.HasPrefix(strings.ToLower(q.action), "sts:assumerole") && q.forResource == nil {
		missed("the role's trust policy", q.learnTrust(ctx, to))
	}
	return unknown
}

// roleAnswer is GetRole's answer, as far as this client reads it.
type roleAnswer struct {
	ARN   string `xml:"GetRoleResult>Role>Arn"`
	Trust string `xml:"GetRoleResult>Role>AssumeRolePolicyDocument"` // escaped as in URLs
}

func (q *rightsQuestion) learnTrust(ctx context.Context, to access) error {
	var out roleAnswer
	name := q.resource[strings.LastIndexByte(q.resource, '/')+1:]
	if err := callIAM(ctx, to, url.Values{"Action": {"GetRole"}, "Version": {iamVersion}, "RoleName": {name}}, &out); err != nil {
		return err
	}
	if out.ARN != q.resource {
		return fmt.Errorf("the role of that name here is %s", out.ARN)
	}
	text, err := url.PathUnescape(out.Trust)
	if err != nil {
		return fmt.Errorf("cannot read the answer: %w", err)
	}
	q.forResource = []policyFile{{"the role's trust policy", text}}
	return nil
}

// The parts of Bedrock's JSON that this client reads.
type (
	tagsAnswer struct {
		Tags []struct {
			Key   string `json:"key"`
			Value string `json:"value"`
		} `json:"tags"`
	}
	policyAnswer struct {
		Policy string `json:"resourcePolicy"`
	}
)

func (q *rightsQuestion) learnTags(ctx context.Context, to access) error {
	body, err := json.Marshal(map[string]string{"resourceARN": q.resource})
	if err != nil {
		return fmt.Errorf("cannot write the question as JSON: %w", err)
	}
	var out tagsAnswer
	if err := callBedrock(ctx, to, http.MethodPost, "/listTagsForResource", body, &out); err != nil {
		return err
	}
	for _, t := range out.Tags {
		name := "aws:ResourceTag/" + t.Key
		if !q.has(name) {
			q.keys = append(q.keys, contextKey{name, []string{t.Value}})
		}
	}
	return nil
}

// has reports whether a condition key was given.
func (q *rightsQuestion) has(name string) bool {
	for _, k := range q.keys {
		if strings.EqualFold(k.name, name) {
			return true
		}
	}
	return false
}

func (q *rightsQuestion) learnPolicy(ctx context.Context, to access) error {
	var out policyAnswer
	err := callBedrock(ctx, to, http.MethodGet, "/resource-policy/"+escape(q.resource), nil, &out)
	if out.Policy != "" {
		q.forResource = []policyFile{{"the resource's policy", out.Policy}}
	}
	return err
}

// callBedrock makes one signed call of the control plane. Where nothing is found nothing is read.
func callBedrock(ctx context.Context, to access, method, path string, body []byte, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(to.endpoint, "/")+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%q is not the URL of a server: %w", to.endpoint, err)
	}
	r.Header.Set("Content-Type", "application/json")
	sigv4.Sign(r, body, to.key, to.region, "bedrock", time.Now())
	resp, err := exchange(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusNotFound:
		return nil
	case http.StatusOK:
		if err := json.UnmarshalRead(io.LimitReader(resp.Body, maxAnswer), out); err != nil {
			return fmt.Errorf("cannot read the answer: %w", err)
		}
		return nil
	}
	return refusal(resp)
}
