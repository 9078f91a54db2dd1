package notify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/store"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mailbox is a mail server that keeps what it takes.
type mailbox struct {
	mu      sync.Mutex
	letters []string
	refuse  *smtp.SMTPError // of every recipient
}

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }

type session struct {
	box  *mailbox
	from string
	to   string
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if s.box.refuse != nil {
		return s.box.refuse
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.letters = append(s.box.letters, s.from+" → "+s.to+"\n"+string(text))
	return err
}

// serve runs a mail server on loopback, and a Mailer that hands in there.
func serve(t *testing.T, box *mailbox) *Mailer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(box)
	server.Domain = "localhost"
	done := make(chan error, 1)
	go func() { done <- server.Serve(ln) }()
	t.Cleanup(func() {
		_ = server.Close()
		_ = ln.Close() // Close knows no listener that Serve has not seen yet
		<-done
	})
	m, err := NewMailer(MailOptions{
		Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port, Security: Plain, From: "Outcrop <outcrop@example.com>",
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func letter(id string) Delivery {
	return Delivery{ID: id, Kind: Email, Address: "ann@example.com", Subject: "Budget “team” is at 80 %", Body: "Spent: $80.00 of $100.00\n", Created: time.Now()}
}

func TestMail(t *testing.T) {
	box := &mailbox{}
	d := letter("budget/team/80 %")
	if err := serve(t, box).Deliver(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	if len(box.letters) != 1 {
		t.Fatalf("%d letters", len(box.letters))
	}
	for _, part := range []string{
		"outcrop@example.com → ann@example.com", "Spent: $80.00 of $100.00", "Message-ID: <budget=2fteam=2f80=20=25@outcrop>",
		"Subject: =?UTF-8?q?Budget", "Auto-Submitted: auto-generated",
	} {
		if !strings.Contains(box.letters[0], part) {
			t.Errorf("the letter has no %q:\n%s", part, box.letters[0])
		}
	}
}

func TestMailThatIsRefused(t *testing.T) {
	for code, final := range map[int]bool{550: true, 451: false} {
		m := serve(t, &mailbox{refuse: &smtp.SMTPError{Code: code, Message: "no"}})
		d := letter("a")
		if err := m.Deliver(t.Context(), &d); err == nil || errors.Is(err, errRefused) != final {
			t.Errorf("%d: %v, want final %v", code, err, final)
		}
	}
	d := letter("a")
	d.Address = "not an address"
	if err := serve(t, &mailbox{}).Deliver(t.Context(), &d); !errors.Is(err, errRefused) {
		t.Errorf("%v", err)
	}
}

func TestMailersAreChecked(t *testing.T) {
	if _, err := NewMailer(MailOptions{Host: "localhost", Security: Plain, From: "nobody"}); err == nil {
		t.Error("a sender that is no address was taken")
	}
	if _, err := NewMailer(MailOptions{Security: Plain, From: "a@example.com"}); err == nil {
		t.Error("a mail server without a name was taken")
	}
}

func TestPosts(t *testing.T) {
	for code, want := range map[int]string{200: "", 204: "", 404: "final", 410: "final", 500: "again", 429: "again", 302: "again"} {
		var got string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got = r.Method + " " + r.Header.Get("Content-Type") + " " + r.Header.Get("X-Amz-Sns-Message-Type") + " " + string(body)
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(code)
		}))
		p := NewPoster()
		err := p.Deliver(t.Context(), &Delivery{Kind: HTTP, Address: server.URL, Body: "{}", ContentType: "text/plain", Header: map[string]string{"x-amz-sns-message-type": "Notification"}})
		server.Close()
		p.client.CloseIdleConnections()
		outcome := "again"
		if err == nil {
			outcome = ""
		} else if errors.Is(err, errRefused) {
			outcome = "final"
		}
		if outcome != want || got != "POST text/plain Notification {}" {
			t.Errorf("%d: %v (%q), sent %q", code, err, outcome, got)
		}
	}
	if err := NewPoster().Deliver(t.Context(), &Delivery{Address: "::"}); !errors.Is(err, errRefused) {
		t.Errorf("a URL that is none: %v", err)
	}
}

// carrier is a Transport with a script: what becomes of one try after another, the last for ever.
type carrier struct {
	mu     sync.Mutex
	script []error
	tried  []string
	times  []time.Time
	seen   chan struct{} // gets a token at each try; nil: nobody waits
}

func (c *carrier) Deliver(_ context.Context, d *Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tried, c.times = append(c.tried, d.ID), append(c.times, time.Now())
	if c.seen != nil {
		c.seen <- struct{}{}
	}
	if len(c.script) == 0 {
		return nil
	}
	err := c.script[0]
	if len(c.script) > 1 {
		c.script = c.script[1:]
	}
	return err
}

func (c *carrier) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.tried)
}

// memory is a store of documents without a disk, so that tests can let time stand still.
type memory struct {
	mu   sync.Mutex
	docs map[string]store.Document
	rev  store.Revision
	fail error
}

func (m *memory) Documents(context.Context, string) (all []store.Document, _ store.Revision, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.docs {
		all = append(all, d)
	}
	return all, m.rev, nil
}

func (m *memory) ChangeDocuments(_ context.Context, _ string, base store.Revision, changes []store.DocumentChange) (store.Revision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.fail != nil:
		return 0, m.fail
	case base != m.rev:
		return 0, store.ErrConflict
	}
	for _, c := range changes {
		if m.docs[c.Key] = c.Document; c.Delete {
			delete(m.docs, c.Key)
		}
	}
	m.rev++
	return m.rev, nil
}

func open(t *testing.T, s store.Documents, c *carrier) *Outbox {
	t.Helper()
	b, err := Open(t.Context(), Options{Store: s, Transports: map[Kind]Transport{Email: c}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pass lets time pass, and everything that happens meanwhile happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestADeliveryIsTriedUntilItArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("connection refused")
		c := &carrier{script: []error{down, down, down, nil}}
		b := open(t, &memory{docs: map[string]store.Document{}}, c)
		began := time.Now()
		if err := b.Put(t.Context(), letter("a")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		b.Close()
		var at []time.Duration
		for _, when := range c.times {
			at = append(at, when.Sub(began))
		}
		if len(at) != 4 || at[1] != time.Second || at[2] != 3*time.Second || at[3] != 7*time.Second {
			t.Errorf("tried at %v", at)
		}
	})
}

func TestADeliveryIsPutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, m := &carrier{}, &memory{docs: map[string]store.Document{}}
		b := open(t, m, c)
		for range 2 {
			if err := b.Put(t.Context(), letter("a"), letter("b")); err != nil {
				t.Fatal(err)
			}
			pass(time.Minute)
		}
		b.Close()
		b = open(t, m, c) // a restart remembers
		if err := b.Put(t.Context(), letter("a")); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if n := c.count(); n != 2 {
			t.Errorf("%d deliveries, want 2: %v", n, c.tried)
		}
		pass(remember + idle)
		if len(m.docs) != 0 {
			t.Errorf("%d old messages are kept for ever", len(m.docs))
		}
		b.Close()
	})
}

func TestARestartGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	down := &carrier{script: []error{errors.New("down")}}
	db := openStore(t, dir)
	b := open(t, db, down)
	if err := b.Put(t.Context(), letter("a")); err != nil {
		t.Fatal(err)
	}
	b.Close()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	up := &carrier{seen: make(chan struct{}, 1)}
	db = openStore(t, dir)
	b = open(t, db, up)
	<-up.seen // the first try may have been noted: then it waits a second
	b.Close()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func openStore(t *testing.T, dir string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// slow is a Transport that takes a while, and tells whether it was cut short.
type slow struct {
	takes time.Duration
	cut   bool
}

func (s *slow) Deliver(ctx context.Context, _ *Delivery) error {
	select {
	case <-time.After(s.takes):
		return nil
	case <-ctx.Done():
		s.cut = true
		return ctx.Err()
	}
}

func TestClosingLetsDeliveriesEnd(t *testing.T) {
	for takes, cut := range map[time.Duration]bool{time.Second: false, time.Minute: true} {
		synctest.Test(t, func(t *testing.T) {
			m, s := &memory{docs: map[string]store.Document{}}, &slow{takes: takes}
			b, err := Open(t.Context(), Options{Store: m, Transports: map[Kind]Transport{Email: s}, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Put(t.Context(), letter("a")); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			b.Close()
			if s.cut != cut || b.waiting() != map[bool]int{false: 0, true: 1}[cut] {
				t.Errorf("a delivery of %s: cut %v, %d wait for the next start", takes, s.cut, b.waiting())
			}
		})
	}
}

func TestWhatIsRefusedOrTooOldIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &carrier{script: []error{Refused(errors.New("no such user"))}}
		var said bytes.Buffer
		b := open(t, &memory{docs: map[string]store.Document{}}, c)
		b.opt.Log = slog.New(slog.NewTextHandler(&said, nil))
		if err := b.Put(t.Context(), letter("a"), Delivery{ID: "p", Kind: HTTP, Address: "http://127.0.0.1/", Created: time.Now()}); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if n := c.count(); n != 1 || strings.Count(said.String(), "given up") != 2 {
			t.Errorf("%d tries, and the log says %s", n, said.String())
		}
		c.script = []error{errors.New("down")}
		if err := b.Put(t.Context(), letter("b")); err != nil {
			t.Fatal(err)
		}
		pass(2 * giveUp)
		tries := c.count()
		pass(giveUp)
		if c.count() != tries {
			t.Error("it is tried for ever")
		}
		b.Close()
	})
}

func TestAPutThatFailsSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := &memory{docs: map[string]store.Document{}, fail: errors.New("disk full")}, &carrier{}
		b := open(t, m, c)
		if err := b.Put(t.Context(), letter("a")); err == nil {
			t.Error("a message that is kept nowhere was taken")
		}
		m.fail = nil
		if err := b.Put(t.Context(), letter("a")); err != nil {
			t.Error(err)
		}
		pass(time.Second)
		if c.count() != 1 {
			t.Errorf("%d deliveries", c.count())
		}
		b.Close()
	})
}
