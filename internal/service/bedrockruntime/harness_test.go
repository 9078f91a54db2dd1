package bedrockruntime_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/arn"
	api "github.com/outcrop/outcrop/internal/awsapi/bedrockruntime"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/provider"
	"github.com/outcrop/outcrop/internal/provider/simulator"
	"github.com/outcrop/outcrop/internal/route"
	"github.com/outcrop/outcrop/internal/service/bedrockruntime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// facts is the embedded catalog, read once.
var facts = sync.OnceValues(func() (*catalog.Catalog, error) { return catalog.Load(catalog.Overlay{}) })

// node is the service over the simulator, which serves every model in every region.
type node struct {
	service  *awswire.Service
	snapshot *profile.Snapshot
}

// Snapshot makes a node its own source of snapshots.
func (n *node) Snapshot() *profile.Snapshot { return n.snapshot }

func newNode(t testing.TB) *node {
	t.Helper()
	c, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	sim, err := simulator.New(simulator.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	var everywhere []arn.Region
	for _, r := range c.Regions() {
		everywhere = append(everywhere, r.ID)
	}
	offers := make([]route.Offer, 0, len(c.Models()))
	for _, m := range c.Models() {
		offers = append(offers, route.Offer{Model: m.ID, Regions: everywhere})
	}
	n := &node{snapshot: profile.NewSnapshot(c, profile.Options{})}
	g, err := gateway.New(gateway.Options{
		Snapshots: n, Table: route.NewTable([]route.Rule{{Model: "*", Provider: "simulator"}}, offers),
		Providers: map[string]provider.Provider{"simulator": sim},
	})
	if err != nil {
		t.Fatal(err)
	}
	n.service = api.NewService(bedrockruntime.New(g))
	return n
}

// place is how a model can be called.
type place struct {
	region     arn.Region
	identifier string
}

// placeOf finds a region and an identifier by which a model can be called.
func (n *node) placeOf(m *catalog.Model) (place, bool) {
	for _, r := range n.snapshot.Catalog().Regions() {
		for _, id := range append([]string{m.ID}, n.systems(r.ID, m)...) {
			if _, err := n.snapshot.Resolve("111122223333", r.ID, id); err == nil {
				return place{r.ID, id}, true
			}
		}
	}
	return place{}, false
}

func (n *node) systems(r arn.Region, m *catalog.Model) (ids []string) {
	for _, t := range n.snapshot.Systems(r) {
		if t.Model == m {
			ids = append(ids, t.System.ID)
		}
	}
	return ids
}

// post makes one call in memory and returns what a client would get.
func (n *node) post(p place, operation string, body []byte) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/model/"+url.PathEscape(p.identifier)+"/"+operation, nil)
	n.service.Serve(rec, &awswire.Call{
		RequestID: "0aa86f9a-6bd0-4a8f-8f0e-6d4b0f7a1c11", Region: p.region, Arrived: time.Now(), Header: http.Header{},
		Principal: identity.Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/admin"},
		Request:   r, Body: body,
	})
	return rec
}

// message is the sentence of an error.
func message(t testing.TB, rec *httptest.ResponseRecorder) string {
	t.Helper()
	var v struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
		t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
	}
	return v.Message
}

// frame is one event of a stream.
type frame struct {
	name    string
	payload []byte
}

// frames takes a stream apart. An exception frame is a failure.
func frames(t testing.TB, stream []byte) (out []frame) {
	t.Helper()
	in := awswire.NewFrameReader(bytes.NewReader(stream))
	for {
		f, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if f.Event() == "" {
			t.Fatalf("exception %s: %s", f.Exception(), f.Payload)
		}
		out = append(out, frame{f.Event(), bytes.Clone(f.Payload)})
	}
}

// chunks are the family's own chunks in a stream of InvokeModel.
func chunks(t testing.TB, stream []byte) (out [][]byte) {
	t.Helper()
	for _, f := range frames(t, stream) {
		var v struct {
			Bytes []byte `json:"bytes"`
		}
		if err := json.Unmarshal(f.payload, &v); err != nil || f.name != "chunk" {
			t.Fatalf("%s %s: %v", f.name, f.payload, err)
		}
		out = append(out, v.Bytes)
	}
	return out
}
