package profile

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"pgregory.net/rapid"
)

// TestEveryRouteResolves calls every cross-region profile from each of its source regions, by id and by ARN, and from
// every other region, where it is not offered.
func TestEveryRouteResolves(t *testing.T) {
	s := load(t, Options{})
	for _, p := range s.Catalog().Profiles() {
		for _, r := range s.Catalog().Regions() {
			want := p.Destinations(r.ID)
			for _, identifier := range []string{p.ID, arn.InferenceProfile(r.Partition, r.ID, owner1, p.ID).String()} {
				got, err := s.Resolve(owner1, r.ID, identifier)
				switch {
				case want == nil && !fault.Is(err, fault.Validation):
					t.Errorf("%s from %s, where it is not offered: %v, %v", identifier, r.ID, got, err)
				case want != nil && err != nil:
					t.Errorf("%s from %s: %v", identifier, r.ID, err)
				case want != nil:
					checkTarget(t, s, got)
					if got.System != p || got.Application != nil || got.Model != p.Model || !slices.Equal(got.Destinations, want) {
						t.Errorf("%s from %s: %+v", identifier, r.ID, got)
					}
				}
			}
		}
	}
}

// TestEveryModelResolvesAsAvailable calls every model directly in every region, and holds the answer to what the catalog
// says of its availability.
func TestEveryModelResolvesAsAvailable(t *testing.T) {
	s := load(t, Options{})
	for _, m := range s.Catalog().Models() {
		for _, r := range s.Catalog().Regions() {
			got, err := s.Resolve(owner1, r.ID, m.ID)
			listed, isListed := s.Model(r.ID, m.ID)
			switch ever := m.Regions[r.ID].Ever; {
			case ever.Has(catalog.OnDemand):
				if err != nil {
					t.Errorf("%s in %s, on demand: %v", m.ID, r.ID, err)
					continue
				}
				checkTarget(t, s, got)
				if got.System != nil || got.Scope != InRegion || len(got.Destinations) != 1 {
					t.Errorf("%s in %s: %+v", m.ID, r.ID, got)
				}
			case isListed:
				if err == nil || !strings.Contains(err.Error(), "with on-demand throughput isn’t supported") {
					t.Errorf("%s in %s, listed with %v: %v", m.ID, r.ID, listed.Types.Strings(), err)
				}
			default:
				if err == nil || err.Error() != "The provided model identifier is invalid." {
					t.Errorf("%s in %s, not offered: %v", m.ID, r.ID, err)
				}
			}
			if err == nil && (!isListed || !listed.Types.Has(catalog.OnDemand)) {
				t.Errorf("%s resolves in %s and is not listed there as on demand", m.ID, r.ID)
			}
		}
	}
}

// TestListsAgreeWithResolve: what a region lists can be called there, and nothing else.
func TestListsAgreeWithResolve(t *testing.T) {
	for name, o := range map[string]Options{"widest": {}, "enforce": {Lifecycle: Enforce, Today: today}} {
		t.Run(name, func(t *testing.T) {
			s := load(t, o)
			for _, r := range s.Catalog().Regions() {
				for _, offered := range s.Systems(r.ID) {
					if got, err := s.Resolve(owner1, r.ID, offered.System.ID); err != nil || got != offered {
						t.Errorf("%s is offered in %s: %v", offered.System.ID, r.ID, err)
					}
					if got, ok := s.System(r.ID, offered.System.ID); !ok || got != offered {
						t.Errorf("System(%s, %s) = %v", r.ID, offered.System.ID, got)
					}
					if m, ok := s.Model(r.ID, offered.Model.ID); !ok || !m.Types.Has(catalog.ViaProfile) {
						t.Errorf("%s is offered in %s, and its model is listed as %+v", offered.System.ID, r.ID, m)
					}
				}
				for _, m := range s.Models(r.ID) {
					_, err := s.Resolve(owner1, r.ID, m.Model.ID)
					callable := err == nil || fault.Is(err, fault.ResourceNotFound) // legacy models are listed and refused
					if m.Types.Has(catalog.OnDemand) && m.Model.VariantOf == "" && !callable {
						t.Errorf("%s is on demand in %s: %v", m.Model.ID, r.ID, err)
					}
				}
			}
		})
	}
}

// TestEnforceServesOnlyWhatIsOffered: enforced, nothing legacy, ended or retired resolves, and nothing resolves that
// does not by default.
func TestEnforceServesOnlyWhatIsOffered(t *testing.T) {
	widest, enforced := load(t, Options{}), load(t, Options{Lifecycle: Enforce, Today: today})
	served, refused := 0, 0
	for _, r := range enforced.Catalog().Regions() {
		ids := []string{}
		for _, m := range enforced.Catalog().Models() {
			ids = append(ids, m.ID)
		}
		for _, p := range enforced.Catalog().Profiles() {
			ids = append(ids, p.ID)
		}
		for _, id := range ids {
			got, err := enforced.Resolve(owner1, r.ID, id)
			wide, wideErr := widest.Resolve(owner1, r.ID, id)
			switch {
			case err == nil && wideErr != nil:
				t.Errorf("%s in %s is served when enforced, and by default: %v", id, r.ID, wideErr)
			case err == nil && (got.Model.Lifecycle.At(today) != catalog.Active || got.System != nil && got.System.Retired):
				t.Errorf("%s in %s is served though it is no longer offered", id, r.ID)
			case err == nil:
				served++
			case wideErr == nil:
				refused++
				if old := wide.Model.Lifecycle.At(today) != catalog.Active; old != fault.Is(err, fault.ResourceNotFound) {
					t.Errorf("%s in %s, past its life %t: %v", id, r.ID, old, err)
				}
			}
		}
	}
	if served < 1000 || refused < 100 {
		t.Errorf("%d served and %d refused: the test has lost its subject", served, refused)
	}
}

// checkTarget holds a target to what every target promises.
func checkTarget(t testing.TB, s *Snapshot, got *Target) {
	t.Helper()
	if got.Model == nil || len(got.Destinations) == 0 {
		t.Fatalf("target without a model or a destination: %+v", got)
	}
	if i := slices.Index(got.Destinations, got.Source); i > 0 {
		t.Errorf("the source is number %d of %v", i, got.Destinations)
	}
	seen := map[arn.Region]bool{}
	for _, r := range got.Destinations {
		info, ok := s.Catalog().Region(r)
		if !ok || info.Partition != got.Partition || seen[r] {
			t.Errorf("destination %s of %+v", r, got)
		}
		seen[r] = true
	}
}

// TestRandomIdentifiers makes identifiers of the pieces real ones are made of. Each resolves to a sound target or fails
// with an error for its caller, and every spelling of a success is the same target.
func TestRandomIdentifiers(t *testing.T) {
	s := load(t, Options{}).WithApplications([]*Application{
		sample("abc123def456", "us-east-1", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0"),
	})
	piece := rapid.SampledFrom([]string{
		"arn:", "aws", "aws-us-gov", ":", "bedrock", "sagemaker", "us-east-1", "us-gov-west-1", "111122223333", "444455556666",
		"foundation-model/", "inference-profile/", "application-inference-profile/", "prompt/", "provisioned-model/", "/",
		"amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0", "global.", "us.", "abc123def456", "anthropic.claude-opus-4-8", ".", "", "é", "\x00",
	})
	region := rapid.SampledFrom([]arn.Region{"us-east-1", "us-gov-west-1", "eu-west-1", "", "mars-north-1"})
	account := rapid.SampledFrom([]arn.Account{owner1, owner2, ""})
	rapid.Check(t, func(t *rapid.T) {
		identifier := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		source, caller := region.Draw(t, "source"), account.Draw(t, "caller")
		tryResolve(t, s, caller, source, identifier)
		if _, err := s.CopySource(caller, source, identifier); err != nil && fault.Public(err).Code == fault.Internal {
			t.Fatalf("CopySource(%q): %v", identifier, err)
		}
	})
}

// tryResolve fails when an answer is neither a sound target nor an error for the caller.
func tryResolve(t interface{ Fatalf(string, ...any) }, s *Snapshot, caller arn.Account, source arn.Region, identifier string) {
	got, err := s.Resolve(caller, source, identifier)
	switch {
	case (got == nil) == (err == nil):
		t.Fatalf("Resolve(%q) = %v, %v", identifier, got, err)
	case err != nil && fault.Public(err).Code == fault.Internal:
		t.Fatalf("Resolve(%q): an error not for the caller: %v", identifier, err)
	case err == nil && got.Source != source:
		t.Fatalf("Resolve(%q) from %s: source %s", identifier, source, got.Source)
	case err == nil && !strings.HasSuffix(got.CalledARN(caller).String(), identifier[strings.LastIndex(identifier, "/")+1:]):
		t.Fatalf("Resolve(%q) is %s", identifier, got.CalledARN(caller))
	}
}

func FuzzResolve(f *testing.F) {
	s := load(f, Options{}).WithApplications([]*Application{
		sample("abc123def456", "us-east-1", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0"),
	})
	for _, seed := range []string{
		"", "amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0", "abc123def456",
		"arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
		"arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0",
		"arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123def456",
		"arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc123def456",
		"arn:aws:sagemaker:us-east-1:111122223333:endpoint/x", "arn:::::", "arn:aws:bedrock:us-east-1:1:inference-profile//",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, identifier string) {
		tryResolve(t, s, owner1, "us-east-1", identifier)
	})
}

// TestResolveAllocatesNothing guards the hot path.
func TestResolveAllocatesNothing(t *testing.T) {
	s := load(t, Options{}).WithApplications([]*Application{
		sample("abc123def456", "us-east-1", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"),
	})
	for _, identifier := range []string{
		"amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0", "abc123def456",
		"arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
		"arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.amazon.nova-lite-v1:0",
		"arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123def456",
	} {
		if n := testing.AllocsPerRun(100, func() {
			if _, err := s.Resolve(owner1, "us-east-1", identifier); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", identifier, n)
		}
	}
}

func TestOtherAccountErrorIsAccessDenied(t *testing.T) {
	_, err := load(t, Options{}).Resolve(owner1, "us-east-1", "arn:aws:bedrock:us-east-1:444455556666:application-inference-profile/abc123def456")
	var other *OtherAccountError
	if !errors.As(err, &other) || other.ARN.Account != owner2 {
		t.Fatalf("%v", err)
	}
	if got := fault.Public(err); got.Code != fault.AccessDenied || !strings.Contains(got.Message, other.ARN.String()) {
		t.Errorf("without a principal: %v %q", got.Code, got.Message)
	}
}
