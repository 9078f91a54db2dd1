package sns

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/notify"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

// outbox keeps what it is given, each ID once.
type outbox struct {
	mu   sync.Mutex
	sent []notify.Delivery
	fail error
}

func (o *outbox) Put(_ context.Context, all ...notify.Delivery) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail
	}
	for _, d := range all {
		if !slices.ContainsFunc(o.sent, func(old notify.Delivery) bool { return old.ID == d.ID }) {
			o.sent = append(o.sent, d)
		}
	}
	return nil
}

// take returns what was sent since it was last asked.
func (o *outbox) take() []notify.Delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	sent := o.sent
	o.sent = nil
	return sent
}

// house is a server over a store of its own.
type house struct {
	*Server
	t     *testing.T
	dir   string
	store *sqlite.DB
	ring  *seal.Ring
	out   *outbox
	at    time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	ring, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, dir: t.TempDir(), ring: ring, out: &outbox{}, at: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	h.open(nil)
	t.Cleanup(func() { _ = h.store.Close() })
	return h
}

// open starts the server, over the store that wrap makes of the house's; nil takes it as it is.
func (h *house) open(wrap func(store.Documents) store.Documents) {
	h.t.Helper()
	db, err := sqlite.Open(h.t.Context(), h.dir)
	if err != nil {
		h.t.Fatal(err)
	}
	h.store = db
	var docs store.Documents = db
	if wrap != nil {
		docs = wrap(db)
	}
	h.Server, err = Open(h.t.Context(), Options{
		Store: docs, Ring: h.ring, Outbox: h.out, PublicURL: func() string { return "http://outcrop.example" }, Now: func() time.Time { return h.at },
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) restart() {
	h.t.Helper()
	if err := h.store.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open(nil)
}

// by is a call of an account; none for a request without a credential.
func by(account arn.Account) *awswire.Call {
	c := &awswire.Call{Request: httptest.NewRequest(http.MethodPost, "/", nil), Header: http.Header{}, Region: "us-east-1"}
	if account != "" {
		c.Principal = identity.Principal{Account: account, ARN: "arn:aws:iam::" + string(account) + ":user/ann"}
	}
	return c
}

const (
	owner    = arn.Account("111122223333")
	stranger = arn.Account("444455556666")
)
