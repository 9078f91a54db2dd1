package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/sigv4"
)

const (
	iamRegion  arn.Region = "us-east-1" // what IAM is signed for, wherever it is asked
	iamVersion string     = "2010-05-08"
)

// simulation is SimulatePrincipalPolicy's answer, as far as this client reads it.
type simulation struct {
	Results []struct {
		Decision string `xml:"EvalDecision"`
		Matched  []struct {
			Policy string   `xml:"SourcePolicyId"`
			Start  position `xml:"StartPosition"`
			End    position `xml:"EndPosition"`
		} `xml:"MatchedStatements>member"`
		Missing      []string `xml:"MissingContextValues>member"`
		Organization string   `xml:"OrganizationsDecisionDetail>AllowedByOrganizations"`
		Boundary     string   `xml:"PermissionsBoundaryDecisionDetail>AllowedByPermissionsBoundary"`
	} `xml:"SimulatePrincipalPolicyResult>EvaluationResults>member"`
}

type position struct {
	Line   int `xml:"Line"`
	Column int `xml:"Column"`
}

// form is the question as the API wants it.
func (q *rightsQuestion) form() url.Values {
	form := url.Values{
		"Action": {"SimulatePrincipalPolicy"}, "Version": {iamVersion},
		"PolicySourceArn": {q.principal}, "ActionNames.member.1": {q.action}, "ResourceArns.member.1": {q.resource},
	}
	for i, f := range q.identity {
		form.Set("PolicyInputList.member."+strconv.Itoa(i+1), f.text)
	}
	for _, f := range q.boundary {
		form.Set("PermissionsBoundaryPolicyInputList.member.1", f.text)
	}
	for _, f := range q.forResource {
		form.Set("ResourcePolicy", f.text)
		if a, ok := arn.Parse(q.resource); ok && a.Account != "" {
			form.Set("ResourceOwner", "arn:"+string(a.Partition)+":iam::"+string(a.Account)+":root")
		}
	}
	for i, k := range q.keys {
		prefix := "ContextEntries.member." + strconv.Itoa(i+1)
		form.Set(prefix+".ContextKeyName", k.name)
		form.Set(prefix+".ContextKeyType", k.kind())
		for j, v := range k.values {
			form.Set(prefix+".ContextKeyValues.member."+strconv.Itoa(j+1), v)
		}
	}
	return form
}

// ask has the server decide.
func (q *rightsQuestion) ask(ctx context.Context, to access) (*verdict, error) {
	var out simulation
	if err := callIAM(ctx, to, q.form(), &out); err != nil {
		return nil, err
	}
	if len(out.Results) != 1 {
		return nil, fmt.Errorf("the server answered one question with %d decisions", len(out.Results))
	}
	r := &out.Results[0]
	v := &verdict{question: q, outcome: r.Decision, missing: r.Missing}
	for _, m := range r.Matched {
		v.by = append(v.by, deciding{q.named(m.Policy), lines(m.Start.Line, m.End.Line)})
	}
	v.stop(r.Organization == "false", r.Boundary == "false")
	return v, nil
}

// stop says what stopped the call: the parts that the answer names, or else the one whose statements are not among
// those that allow.
func (v *verdict) stop(organization, boundary bool) {
	if v.outcome == "allowed" {
		return
	}
	if organization {
		v.stops = append(v.stops, "the organisation's service control policies do not allow it")
	}
	if boundary {
		v.stops = append(v.stops, "the permissions boundary does not allow it")
	}
	if v.outcome != "implicitDeny" || len(v.stops) > 0 || len(v.by) == 0 {
		return
	}
	missing := "no identity-based policy allows it"
	for _, d := range v.by {
		if len(v.question.forResource) == 0 || d.policy != v.question.forResource[0].name {
			missing = "no policy of the resource allows it"
		}
	}
	v.stops = append(v.stops, missing)
}

func lines(first, last int) string {
	if first == last {
		return fmt.Sprintf("line %d", first)
	}
	return fmt.Sprintf("lines %d to %d", first, last)
}

// named is the name of a policy; of one that was sent along it is the file's.
func (q *rightsQuestion) named(id string) string {
	for prefix, files := range map[string][]policyFile{
		"PolicyInputList.": q.identity, "PermissionsBoundaryPolicyInputList.": q.boundary, "ResourcePolicy": q.forResource,
	} {
		rest, ok := strings.CutPrefix(id, prefix)
		if rest == "" {
			rest = "1"
		}
		if n, err := strconv.Atoi(rest); ok && err == nil && 1 <= n && n <= len(files) {
			return files[n-1].name
		}
	}
	return id
}

// callIAM makes one signed call.
func callIAM(ctx context.Context, to access, form url.Values, out any) error {
	body := form.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(to.endpoint, "/")+"/", strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("%q is not the URL of a server: %w", to.endpoint, err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sigv4.Sign(r, []byte(body), to.key, iamRegion, "iam", time.Now())
	resp, err := exchange(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("cannot read the answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return iamRefusal(resp.StatusCode, text)
	}
	if err := xml.Unmarshal(text, out); err != nil {
		return fmt.Errorf("cannot read the answer: %w", err)
	}
	return nil
}

// exchange sends a signed request.
func exchange(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultClient.Do(r)
	if r.Context().Err() != nil {
		return nil, errors.New("interrupted before the answer came")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot reach %s://%s (is outcrop serve running there?): %w", r.URL.Scheme, r.URL.Host, errors.Unwrap(err))
	}
	return resp, nil
}

// iamRefusal is an answer that is an error: its name and sentence, and what helps.
func iamRefusal(status int, body []byte) error {
	var in struct {
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	if xml.Unmarshal(body, &in) != nil || in.Code == "" {
		return fmt.Errorf("the server answered HTTP %d, not as IAM does: %.200q", status, body)
	}
	return refused(in.Code, in.Message)
}
