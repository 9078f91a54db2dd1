package costexplorer

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/fault"
)

// listed are the cost allocation tags that match, in short.
func listed(t *testing.T, s *Server, in api.ListCostAllocationTagsRequest) []string {
	t.Helper()
	out, err := s.ListCostAllocationTags(t.Context(), call(management), &in)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, tag := range out.CostAllocationTags {
		text := fmt.Sprintf("%s %s %s %s", tag.TagKey, tag.Type, tag.Status, *tag.LastUsedDate)
		if tag.LastUpdatedDate != nil {
			text += " set " + *tag.LastUpdatedDate
		}
		got = append(got, text)
	}
	return got
}

// set changes the status of keys and returns what was refused.
func set(t *testing.T, s *Server, status api.CostAllocationTagStatus, keys ...string) []string {
	t.Helper()
	in := &api.UpdateCostAllocationTagsStatusRequest{}
	for _, k := range keys {
		in.CostAllocationTagsStatus = append(in.CostAllocationTagsStatus, api.CostAllocationTagStatusEntry{TagKey: k, Status: status})
	}
	out, err := s.UpdateCostAllocationTagsStatus(t.Context(), call(management), in)
	if err != nil {
		t.Fatal(err)
	}
	refusals := []string{}
	for _, e := range out.Errors {
		refusals = append(refusals, *e.Code+": "+*e.Message)
	}
	return refusals
}

func TestCostAllocationTags(t *testing.T) {
	const month = " 2026-11-01T00:00:00Z"
	m := history(t)
	s := m.server()
	everything := []string{
		"env UserDefined Active" + month, "iamPrincipal/team UserDefined Active" + month,
		"outcrop:model AWSGenerated Active" + month, "outcrop:principal AWSGenerated Active" + month, "outcrop:profile AWSGenerated Active" + month,
		"requestMetadata/run UserDefined Active" + month, "team UserDefined Active" + month,
	}
	if diff := cmp.Diff(everything, listed(t, s, api.ListCostAllocationTagsRequest{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"TagKeysNotFoundException: Tag key nobody was not found in any usage.", "ValidationException: Tag key outcrop:model is generated and always active."},
		set(t, s, api.CostAllocationTagStatusInactive, "nobody", "team", "outcrop:model")); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	const updated = " set 2026-11-22T15:30:00Z"
	for name, test := range map[string]struct {
		in   api.ListCostAllocationTagsRequest
		want []string
	}{
		"inactive":  {api.ListCostAllocationTagsRequest{Status: new(api.CostAllocationTagStatusInactive)}, []string{"team UserDefined Inactive" + month + updated}},
		"generated": {api.ListCostAllocationTagsRequest{Type: new(api.CostAllocationTagTypeAWSGenerated)}, everything[2:5]},
		"by key":    {api.ListCostAllocationTagsRequest{TagKeys: []string{"env", "nobody"}}, everything[:1]},
		"none":      {api.ListCostAllocationTagsRequest{TagKeys: []string{"team"}, Status: new(api.CostAllocationTagStatusActive)}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, listed(t, s, test.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	byTeam := &api.GetCostAndUsageRequest{TimePeriod: between("2026-11-01", "2026-12-01"), Granularity: "MONTHLY", GroupBy: []api.GroupDefinition{byTag("team")}}
	if got, want := m.ask(t, byTeam), "2026-11-01..2026-12-01 estimated=true\n  team$ UnblendedCost=3.350000000001 USD\n"; got != want {
		t.Errorf("an inactive tag still counts:\n%s", got)
	}
	if refused := set(t, s, api.CostAllocationTagStatusActive, "team", "env", "outcrop:model"); len(refused) > 0 {
		t.Errorf("refused %v", refused)
	}
	if _, touched := m.status["env"]; touched || !m.status["team"].Active {
		t.Errorf("the same status again is a change: %v", m.status)
	}
}

func TestTagsThatMustBeActivated(t *testing.T) {
	m := history(t)
	s := m.server(func(o *Options) { o.ActivateTags = true })
	keys := func() []string {
		t.Helper()
		out, err := s.GetTags(t.Context(), call(management), &api.GetTagsRequest{TimePeriod: all})
		if err != nil {
			t.Fatal(err)
		}
		return out.Tags
	}
	own := []string{"outcrop:model", "outcrop:principal", "outcrop:profile"}
	if diff := cmp.Diff(own, keys()); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	if refused := set(t, s, api.CostAllocationTagStatusActive, "team"); len(refused) > 0 {
		t.Errorf("refused %v", refused)
	}
	if diff := cmp.Diff(append(own, "team"), keys()); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
}

func TestCostAllocationTagsPage(t *testing.T) {
	m := newMemory()
	const keys = 250
	for i := range keys {
		m.add(t, usage{at: "2026-11-20 10", cost: "1", tags: map[string]string{fmt.Sprintf("k%03d", i): "v"}})
	}
	s := m.server()
	var in api.ListCostAllocationTagsRequest
	var sizes []int
	for {
		out, err := s.ListCostAllocationTags(t.Context(), call(management), &in)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(out.CostAllocationTags))
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if diff := cmp.Diff([]int{100, 100, keys + 1 - 200}, sizes); diff != "" {
		t.Error(diff)
	}
	in.NextToken = new("AAAA")
	_, err := s.ListCostAllocationTags(t.Context(), call(management), &in)
	wantFault(t, err, fault.InvalidNextToken, tokenInvalid)
}

func TestOnlyTheManagementAccountSetsTags(t *testing.T) {
	_, err := history(t).server().UpdateCostAllocationTagsStatus(t.Context(), call(member), &api.UpdateCostAllocationTagsStatusRequest{
		CostAllocationTagsStatus: []api.CostAllocationTagStatusEntry{{TagKey: "team", Status: api.CostAllocationTagStatusInactive}},
	})
	wantFault(t, err, fault.AccessDenied, "User: arn:aws:iam::444455556666:user/admin is not authorized to perform: ce:UpdateCostAllocationTagsStatus because only the management account may")
}
