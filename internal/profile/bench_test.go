package profile

import (
	"fmt"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
)

func BenchmarkResolve(b *testing.B) {
	const source = arn.Region("us-east-1")
	app := sample("abc123def456", source, "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0")
	s := load(b, Options{}).WithApplications([]*Application{app})
	for _, form := range []struct{ name, identifier string }{
		{"bare model", "amazon.nova-lite-v1:0"},
		{"bare system profile", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"},
		{"bare application", "abc123def456"},
		{"model ARN", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"},
		{"system profile ARN", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-3-5-sonnet-20241022-v2:0"},
		{"application ARN", "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123def456"},
	} {
		b.Run(form.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Resolve(owner1, source, form.identifier); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPut writes one application profile into an account that has many.
func BenchmarkPut(b *testing.B) {
	for _, n := range []int{10, 1000, 5000} {
		s := load(b, Options{}).WithApplications(many(n))
		app := sample("zzzzzzzzzzzz", "us-east-1", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0")
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Put(app)
			}
		})
	}
}

// BenchmarkWithApplications is what a start with many application profiles costs.
func BenchmarkWithApplications(b *testing.B) {
	s, apps := load(b, Options{}), many(5000)
	b.ReportAllocs()
	for b.Loop() {
		s.WithApplications(apps)
	}
}

func BenchmarkNewSnapshot(b *testing.B) {
	c := load(b, Options{}).Catalog()
	b.ReportAllocs()
	for b.Loop() {
		NewSnapshot(c, Options{Lifecycle: Enforce, Today: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	}
}

// many makes application profiles of one account in one region.
func many(n int) []*Application {
	apps := make([]*Application, n)
	for i := range apps {
		apps[i] = sample(fmt.Sprintf("app%09d", i), "us-east-1", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0")
	}
	return apps
}
