package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProfilesTagsAndKeysSurviveARestart(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	before := s.credentials()
	c := s.client()
	arn := c.createProfile(t, "survivor", profileARN("us-east-1", claudeProfile), tag("team", "search"))
	gone := c.createProfile(t, "short-lived", modelARN("us-east-1", claude))
	c.deleteProfile(t, gone)

	s = s.restart("")
	if diff := cmp.Diff(before, s.credentials(), cmp.AllowUnexported(keys{})); diff != "" {
		t.Errorf("the credentials changed (-before +after):\n%s", diff)
	}
	c = s.client()
	if diff := cmp.Diff([]string{arn}, c.applicationProfiles(t)); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"team=search"}, c.tags(t, arn)); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	out, err := c.converse(t, arn, "Still there?")
	if err != nil {
		t.Fatal(err)
	}
	if answer(t, out) == "" {
		t.Error("an empty answer")
	}
}
