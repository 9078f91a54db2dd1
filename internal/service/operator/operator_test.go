package operator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

const management arn.Account = "111122223333"

// desk is an Operator over a store of its own, and what it has applied.
type desk struct {
	*Operator
	service *awswire.Service
	store   store.Documents
	now     *profile.Snapshot
	calls   *gateway.Gateway
	orders  []route.Order
	applied int
	fail    error
}

func (d *desk) Snapshot() *profile.Snapshot { return d.now }

func own() catalog.Overlay {
	at := func(f float64) *float64 { return &f }
	return catalog.Overlay{
		Regions: []catalog.OverlayRegion{
			{ID: "site-a", Latitude: at(50), Longitude: at(8)},
			{ID: "site-b", Latitude: at(50), Longitude: at(9)},
		},
		Models: []catalog.OverlayModel{{ID: "acme.llama", Regions: []arn.Region{"site-a", "site-b"}}},
	}
}

// apply is the Apply of a server without a configuration.
func (d *desk) apply(_ context.Context, made []catalog.OverlayProfile, orders []route.Order) error {
	if d.fail != nil {
		return d.fail
	}
	overlay := own()
	overlay.Profiles = made
	facts, err := catalog.Load(overlay)
	if err != nil {
		return err
	}
	d.now, d.orders = profile.NewSnapshot(facts, profile.Options{}), orders
	d.applied++
	return nil
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return reopen(t, db)
}

// reopen is what the next start makes of a store.
func reopen(t *testing.T, s store.Documents) *desk {
	t.Helper()
	d := &desk{store: s}
	table := route.NewTable([]route.Rule{{Model: "acme.llama", Provider: "p", Capacity: route.Capacity{Concurrency: 2}}},
		[]route.Offer{{Model: "acme.llama", Regions: []arn.Region{"site-a", "site-b"}}})
	var err error
	history := gateway.NewHistory(10)
	if d.calls, err = gateway.New(gateway.Options{Snapshots: d, Table: table, Providers: map[string]provider.Provider{"p": nil}, History: history}); err != nil {
		t.Fatal(err)
	}
	d.Operator, err = Open(t.Context(), Options{
		Store: s, Apply: d.apply, Gateway: d.calls, History: history, Snapshots: d, Management: management,
		Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	d.service = NewService(d.Operator)
	return d
}

// ask is one request, and its answer in a line.
func (d *desk) ask(account arn.Account, method, path, body string) string {
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, http.NoBody)
	w := httptest.NewRecorder()
	d.service.Serve(w, &awswire.Call{
		RequestID: "r", Request: r, Body: []byte(body), Header: http.Header{},
		Principal: identity.Principal{Account: account, ARN: "arn:aws:iam::" + string(account) + ":user/ann"},
	})
	name, _, _ := strings.Cut(w.Header().Get("X-Amzn-Errortype"), ":")
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", w.Code, name, w.Body.String()))
}

const house = `{"id":"house.acme.llama","regions":["site-a","site-b"]}`

// Every line is one request in a row on one server, and the answer it gets.
func TestTheAPIAnswers(t *testing.T) {
	d := newDesk(t)
	for i, c := range []struct{ method, path, body, want string }{
		{"GET", "/profiles", "", `200  {"profiles":[]}`},
		{"POST", "/profiles", house, `200  {"id":"house.acme.llama","regions":["site-a","site-b"],"created":"2026-12-01T09:00:00Z","updated":"2026-12-01T09:00:00Z"}`},
		{"POST", "/profiles", house, `400 ConflictException {"message":"The profile house.acme.llama exists. Update it, or choose another id."}`},
		{"GET", "/profiles/house.acme.llama", "", `200  {"id":"house.acme.llama","regions":["site-a","site-b"],"created":"2026-12-01T09:00:00Z","updated":"2026-12-01T09:00:00Z"}`},
		{"PUT", "/profiles/house.acme.llama", `{"routes":{"site-a":["site-b"]},"policy":"sticky","queue":{"length":5,"wait":"2s"},"hedge":"1s"}`, `200  {"id":"house.acme.llama","routes":{"site-a":["site-b"]},"policy":"sticky","queue":{"length":5,"wait":"2s"},"hedge":"1s","created":"2026-12-01T09:00:00Z","updated":"2026-12-01T09:00:00Z"}`},
		{"PUT", "/profiles/house.acme.llama", `{"id":"other.acme.llama","regions":["site-a"]}`, `400 ValidationException {"message":"The body is of the profile \"other.acme.llama\", the path of \"house.acme.llama\"."}`},
		{"PUT", "/profiles/no.acme.llama", `{"regions":["site-a"]}`, `404 ResourceNotFoundException {"message":"No profile made at run time has the id no.acme.llama."}`},
		{"GET", "/profiles/no.acme.llama", "", `404 ResourceNotFoundException {"message":"No profile made at run time has the id no.acme.llama."}`},
		{"POST", "/profiles", `{"id":"us.amazon.nova-lite-v1:0","regions":["site-a"]}`, `400 ConflictException {"message":"us.amazon.nova-lite-v1:0 is a profile of the catalog. Choose another id, or change it under catalog.profiles in the configuration."}`},
		{"POST", "/profiles", `{"id":"acme.llama","regions":["site-a"]}`, `400 ConflictException {"message":"acme.llama is a profile of the catalog. Choose another id, or change it under catalog.profiles in the configuration."}`},
		{"POST", "/profiles", `{"id":"x.acme.llama","regions":["site-z"]}`, `400 ValidationException {"message":"The profile cannot be used: region site-z is not known; add it under regions"}`},
		{"POST", "/profiles", `{"id":"x.acme.llama"}`, `400 ValidationException {"message":"A profile needs regions, or routes with the destinations of each source region."}`},
		{"POST", "/profiles", `{"id":"x.acme.llama","regions":["site-a"],"queue":{"length":-1}}`, `400 ValidationException {"message":"A queue holds 0 to 100000 calls, each for at most 10m0s."}`},
		{"POST", "/profiles", `{"id":"x.acme.llama","regions":["site-a"],"hedge":"1ns"}`, `400 ValidationException {"message":"A hedge begins after 10ms to 10m0s, or with 0s never."}`},
		{"POST", "/profiles", `{"id":"x.acme.llama","regions":["site-a"],"policy":"nearest"}`, `400 ValidationException {"message":"The request body does not fit at /policy: want source-first, least-loaded, cheapest, sticky, found \"nearest\"."}`},
		{"GET", "/drains", "", `200  {"drains":[]}`},
		{"PUT", "/drains/site-a", `{"reason":"power"}`, `200  {"region":"site-a","reason":"power","since":"2026-12-01T09:00:00Z","by":"arn:aws:iam::111122223333:user/ann"}`},
		{"PUT", "/drains/site-b?profile=house.*", "", `200  {"region":"site-b","profile":"house.*","since":"2026-12-01T09:00:00Z","by":"arn:aws:iam::111122223333:user/ann"}`},
		{"PUT", "/drains/site-z", "", `400 ValidationException {"message":"No region is named site-z."}`},
		{"DELETE", "/drains/site-b", "", `404 ResourceNotFoundException {"message":"site-b is not drained at run time."}`},
		{"DELETE", "/drains/site-b?profile=house.*", "", `200  {}`},
		{"GET", "/deployments", "", `200  {"at":"2026-12-01T09:00:00Z","waiting":0,"deployments":[{"model":"acme.llama","region":"site-a","provider":"p","upstream":"acme.llama","capacity":{"concurrency":2},"room":"free","breaker":"closed","running":0,"waiting":0,"headroom":1,"health":1,"warm":1,"drained":true,"tokensPerSecond":0,"callsPerSecond":0,"began":0,"served":0,"failed":0,"throttled":0,"spilledIn":0,"spilledOut":0}],"spills":[]}`},
		{"GET", "/calls", "", `200  {"calls":[]}`},
		{"GET", "/calls?limit=0", "", `400 ValidationException {"message":"limit must be 1 to 1000, found \"0\"."}`},
		{"GET", "/calls/x", "", `404 ResourceNotFoundException {"message":"No call with the request id x has ended among the last 10 on this node (routing.explain)."}`},
		{"DELETE", "/profiles/house.acme.llama", "", `200  {}`},
		{"DELETE", "/profiles/house.acme.llama", "", `404 ResourceNotFoundException {"message":"No profile made at run time has the id house.acme.llama."}`},
		{"GET", "/nothing", "", `404 UnknownOperationException {"message":"The requested operation is not recognized by the service."}`},
	} {
		if diff := cmp.Diff(c.want, d.ask(management, c.method, base+c.path, c.body)); diff != "" {
			t.Errorf("%d: %s %s %s\n%s", i, c.method, c.path, c.body, diff)
		}
	}
}

// No body, whatever it is, is more than a bad request.
func TestHostileBodiesAreBadRequests(t *testing.T) {
	d := newDesk(t)
	for _, body := range []string{
		"", "null", "[]", "{", "7", `"x"`, `{"id":7}`, `{"id":"x.acme.llama","regions":"site-a"}`, `{"id":"x.acme.llama","colour":1}`,
		`{"id":"x.acme.llama","regions":["site-a"],"id":"y.acme.llama"}`, `{"id":"` + strings.Repeat("x", 1000) + `.acme.llama","regions":["site-a"]}`,
		`{"id":"../../x","regions":["site-a"]}`, "{\"id\":\"\xff.acme.llama\"}", `{"id":"x.nothing","regions":["site-a"]}`,
		`{"id":"x.acme.llama","routes":{"site-a":[]}}`, strings.Repeat("[", 100_000), `{"id":"x.acme.llama","regions":["site-a"],"hedge":5}`,
	} {
		got := d.ask(management, "POST", base+"/profiles", body)
		if !strings.HasPrefix(got, "400 ") {
			t.Errorf("%.60q: %.200s", body, got)
		}
	}
}

func TestOnlyTheManagementAccountOperates(t *testing.T) {
	d := newDesk(t)
	want := `403 AccessDeniedException {"Message":"User: arn:aws:iam::999988887777:user/ann is not authorized to perform: outcrop:CreateProfile because only the management account may"}`
	if diff := cmp.Diff(want, d.ask("999988887777", "POST", base+"/profiles", house)); diff != "" {
		t.Error(diff)
	}
}

// What was made at run time counts when it is made, and again after a restart.
func TestWhatWasMadeOutlivesTheServer(t *testing.T) {
	d := newDesk(t)
	policy := route.LeastLoaded
	if _, err := d.Create(t.Context(), Profile{ID: "house.acme.llama", Regions: []arn.Region{"site-a", "site-b"}, Policy: &policy, Queue: &Queue{Length: 3}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Drain(t.Context(), Drain{Region: "site-b", Reason: "power"}); err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*desk{"at once": d, "after a restart": reopen(t, d.store)} {
		target, err := d.now.Resolve(management, "site-a", "house.acme.llama")
		if err != nil || len(target.Destinations) != 2 {
			t.Errorf("%s: %+v %v", name, target, err)
		}
		length := 3
		want := []route.Order{
			{Drain: []arn.Region{"site-b"}},
			{Profile: "house.acme.llama", Policy: &policy, QueueLength: &length},
		}
		if diff := cmp.Diff(want, d.orders); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A profile that the catalog no longer admits is left out, and the others count.
func TestAProfileThatFitsNoMoreIsLeftOut(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Create(t.Context(), Profile{ID: "house.acme.llama", Regions: []arn.Region{"site-a"}}); err != nil {
		t.Fatal(err)
	}
	_, revision, err := d.store.Documents(t.Context(), collection)
	if err != nil {
		t.Fatal(err)
	}
	gone, err := document(kindProfile, "a.acme.gone", Profile{ID: "a.acme.gone", Regions: []arn.Region{"site-a"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.store.ChangeDocuments(t.Context(), collection, revision, []store.DocumentChange{gone}); err != nil {
		t.Fatal(err)
	}
	again := reopen(t, d.store)
	if got := again.Profiles(); len(got) != 1 || got[0].ID != "house.acme.llama" {
		t.Errorf("%+v", got)
	}
}

// A change that another node was faster than is made over what that node wrote.
func TestAChangeFollowsThoseOfOtherNodes(t *testing.T) {
	d := newDesk(t)
	other := reopen(t, d.store)
	if _, err := other.Create(t.Context(), Profile{ID: "one.acme.llama", Regions: []arn.Region{"site-a"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Create(t.Context(), Profile{ID: "two.acme.llama", Regions: []arn.Region{"site-a"}}); err != nil {
		t.Fatal(err)
	}
	if got := d.Profiles(); len(got) != 2 {
		t.Errorf("%+v", got)
	}
}

// broken is a store that takes no changes.
type broken struct{ from store.Documents }

func (b broken) Documents(ctx context.Context, collection string) ([]store.Document, store.Revision, error) {
	return b.from.Documents(ctx, collection)
}

func (broken) ChangeDocuments(context.Context, string, store.Revision, []store.DocumentChange) (store.Revision, error) {
	return 0, errors.New("the disk is full")
}

// What cannot be stored does not count.
func TestAChangeThatCannotBeStoredIsUndone(t *testing.T) {
	d := newDesk(t)
	d.opt.Store = broken{d.store}
	if _, err := d.Create(t.Context(), Profile{ID: "house.acme.llama", Regions: []arn.Region{"site-a"}}); err == nil {
		t.Fatal("it was made")
	}
	if _, err := d.now.Resolve(management, "site-a", "house.acme.llama"); err == nil {
		t.Error("calls still find it")
	}
	if got := d.Profiles(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
