package carrier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/identity"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/notify"
	"github.com/outcrop/outcrop/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is everything that a carrier works with: budgets, topics and a hand in memory, an outbox in a real store, a mail
// server and a webhook.
type office struct {
	t      *testing.T
	db     *sqlite.DB
	outbox *notify.Outbox
	hooks  *Webhooks
	smtp   int // its port

	mu       sync.Mutex
	messages map[string]*budgeting.Message
	budget   *budgeting.Budget
	posted   chan struct{}
	changed  chan struct{} // something has happened
	keep     bool          // that a message was delivered cannot be stored
	failures map[string]error
	tries    int

	letters []string // that arrived
	posts   []string
	topics  []string
	done    []string // commands
	refuse  error    // of the hand
	broken  int      // how often topics fail
	marks   int
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{
		t: t, messages: map[string]*budgeting.Message{}, posted: make(chan struct{}, 1), changed: make(chan struct{}, 100),
		failures: map[string]error{},
		budget: &budgeting.Budget{
			Definition: budget.Definition{Key: budget.Key{Account: "111122223333", Name: "team"}, Unit: budget.Monthly, Measure: "USD"},
			Actions:    []budgeting.Action{{ID: "a-1", Kind: "APPLY_IAM_POLICY"}},
		},
	}
	db, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o.db = db
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.happened(func() { o.posts = append(o.posts, r.URL.Path+" "+string(body)) })
	}))
	o.hooks = NewWebhooks([]Webhook{
		{URL: identity.NewSecret(web.URL + "/all")}, {URL: identity.NewSecret(web.URL + "/other"), Budgets: []string{"other-*"}},
	}, notify.NewPoster())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, done := smtp.NewServer(o), make(chan error, 1)
	server.Domain = "localhost"
	go func() { done <- server.Serve(ln) }()
	o.smtp = ln.Addr().(*net.TCPAddr).Port
	o.open()
	t.Cleanup(func() {
		o.outbox.Close()
		_ = server.Close()
		_ = ln.Close() // Close knows no listener that Serve has not seen yet
		<-done
		web.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// open begins to deliver what the store has.
func (o *office) open() {
	o.t.Helper()
	mailer, err := notify.NewMailer(notify.MailOptions{Host: "127.0.0.1", Port: o.smtp, Security: notify.Plain, From: "outcrop@example.com"})
	if err != nil {
		o.t.Fatal(err)
	}
	o.outbox, err = notify.Open(o.t.Context(), notify.Options{
		Store: o.db, Log: slog.New(slog.DiscardHandler),
		Transports: map[notify.Kind]notify.Transport{notify.Email: mailer, WebhookKind: o.hooks, markKind: mark{o}},
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// markKind is how marks travel: deliveries that go nowhere.
const markKind notify.Kind = "mark"

type mark struct{ o *office }

func (m mark) Deliver(context.Context, *notify.Delivery) error {
	m.o.happened(func() { m.o.marks++ })
	return nil
}

// settle waits until the outbox has noted that all arrived which did: it begins nothing new before that.
func (o *office) settle() {
	o.t.Helper()
	if err := o.outbox.Put(o.t.Context(), notify.Delivery{ID: "mark", Kind: markKind, Created: time.Now()}); err != nil {
		o.t.Fatal(err)
	}
	o.until(func() bool { return o.marks > 0 })
}

// begin starts a carrier, which ends with what it returns.
func (o *office) begin() (end func()) {
	return Start(Options{Budgets: o, Outbox: o.outbox, Topics: o, Hand: o, Webhooks: o.hooks, Log: slog.New(slog.DiscardHandler)}).Close
}

func (o *office) happened(change func()) {
	o.mu.Lock()
	change()
	o.mu.Unlock()
	o.changed <- struct{}{}
}

// patience bounds every wait; only what is broken comes near it.
const patience = 30 * time.Second

// until waits for something to have happened.
func (o *office) until(what func() bool) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), patience)
	defer cancel()
	for {
		o.mu.Lock()
		is := what()
		o.mu.Unlock()
		if is {
			return
		}
		select {
		case <-o.changed:
		case <-ctx.Done():
			o.t.Fatalf("it did not happen: %d letters, %d posts, topics %q, done %q, %d messages wait", len(o.letters), len(o.posts), o.topics, o.done, len(o.messages))
		}
	}
}

// A mail server.

func (o *office) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{o: o}, nil }

type mailSession struct {
	o  *office
	to string
}

func (*mailSession) Reset()                               {}
func (*mailSession) Logout() error                        { return nil }
func (*mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.o.happened(func() { s.o.letters = append(s.o.letters, s.to+"\n"+strings.ReplaceAll(string(text), "=\r\n", "")) })
	return err
}

// Budgets.

func (o *office) post(all ...*budgeting.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range all {
		o.messages[m.ID] = m
	}
	select {
	case o.posted <- struct{}{}:
	default:
	}
}

// hurry ends the wait of a message that was put off.
func (o *office) hurry(id string) {
	o.mu.Lock()
	next := *o.messages[id]
	o.mu.Unlock()
	next.Next = time.Time{}
	o.post(&next)
}

func (o *office) Posted() <-chan struct{} { return o.posted }

func (o *office) Messages() []*budgeting.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.SortedFunc(maps.Values(o.messages), func(a, b *budgeting.Message) int { return strings.Compare(a.ID, b.ID) })
}

func (o *office) Delivered(_ context.Context, id string, failure error) (err error) {
	o.happened(func() {
		o.tries++
		if o.keep {
			err = errors.New("the store is away")
			return
		}
		delete(o.messages, id)
		o.failures[id] = failure
	})
	return err
}

func (o *office) Postpone(_ context.Context, id string, until time.Time) error {
	o.happened(func() {
		next := *o.messages[id]
		next.Tries, next.Next = next.Tries+1, until
		o.messages[id] = &next
	})
	return nil
}

func (o *office) Budget(k budget.Key) (*budgeting.Budget, bool) {
	return o.budget, k == o.budget.Key
}

func (o *office) Spenders(context.Context, budget.Key, budget.Period, int) ([]budgeting.Ranking, error) {
	return []budgeting.Ranking{
		{Kind: meter.TagPrincipal, Top: []budgeting.Spender{{Name: "arn:aws:iam::111122223333:user/ann", Spent: dollars("60")}, {Name: "arn:aws:iam::111122223333:user/bob", Spent: dollars("20")}}, Others: dollars("5.5")},
		{Kind: meter.TagProfile, Top: []budgeting.Spender{{Spent: dollars("85.5")}}},
		{Kind: "team", Top: []budgeting.Spender{{Name: "search", Spent: dollars("85")}, {Spent: dollars("0.5")}}},
	}, nil
}

// Topics and a hand.

func (o *office) Announce(_ context.Context, owner, topic, subject, text, id string) (err error) {
	o.happened(func() {
		switch {
		case strings.HasSuffix(topic, ":gone"):
			err = fault.New(fault.ResourceNotFound, "Topic does not exist")
		case o.broken > 0:
			o.broken--
			err = errors.New("the store is away")
		default:
			o.topics = append(o.topics, fmt.Sprintf("%s %s %s %d %s", owner, topic, subject, len(text), id))
		}
	})
	return err
}

func (o *office) Execute(_ context.Context, k budget.Key, a *budgeting.Action) error {
	o.happened(func() { o.done = append(o.done, fmt.Sprintf("execute %s %s", k, a.ID)) })
	return o.refuse
}

func (o *office) Undo(_ context.Context, k budget.Key, a *budgeting.Action) error {
	o.happened(func() { o.done = append(o.done, fmt.Sprintf("undo %s %s", k, a.ID)) })
	return o.refuse
}

func dollars(text string) money.Amount {
	a, err := money.Parse(text)
	if err != nil {
		panic(err)
	}
	return a
}

const topic = "arn:aws:sns:us-east-1:111122223333:alarms"

// crossing is a message that 80 % were passed.
func crossing(id string, to ...budgeting.Subscriber) *budgeting.Message {
	begin := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	return &budgeting.Message{
		ID: id, Budget: budget.Key{Account: "111122223333", Name: "team"}, At: begin.AddDate(0, 0, 21), Subscribers: to,
		Notification: budget.Notification{Against: budget.Actual, Operator: budget.GreaterThan, Threshold: 80, Scale: budget.Percentage},
		Figures: budgeting.Figures{
			PeriodStart: begin, PeriodEnd: begin.AddDate(0, 1, 0), Measure: "USD",
			Limit: dollars("100"), Spent: dollars("85.5"), Forecast: dollars("120.25"), Foreseen: true,
		},
	}
}

func TestEverySubscriberIsToldOnceOverACrash(t *testing.T) {
	o := newOffice(t)
	o.keep = true
	o.post(crossing("m1", budgeting.Subscriber{Kind: "EMAIL", Address: "ann@example.com"}, budgeting.Subscriber{Kind: "SNS", Address: topic},
		budgeting.Subscriber{Kind: "EMAIL", Address: "bob@example.com"}))
	end := o.begin()
	o.until(func() bool { return o.tries > 0 && len(o.letters) == 2 && len(o.posts) == 1 })
	end() // all was told, and the budgets do not know
	o.settle()
	o.outbox.Close()
	o.open()
	o.mu.Lock()
	o.keep = false
	o.mu.Unlock()
	o.hurry("m1")
	end = o.begin()
	o.post(crossing("m2", budgeting.Subscriber{Kind: "EMAIL", Address: "ann@example.com"}))
	o.until(func() bool { return len(o.messages) == 0 && len(o.letters) == 3 && len(o.posts) == 2 })
	end()
	if len(o.letters) != 3 || len(o.posts) != 2 {
		t.Errorf("%d letters and %d posts, want 3 and 2:\n%s", len(o.letters), len(o.posts), strings.Join(o.letters, "\n"))
	}
	for _, line := range o.topics { // the topic knows by the id that it is one message
		if line != o.topics[0] {
			t.Errorf("the topic is told %q and %q", o.topics[0], line)
		}
	}
}

func TestWhatALetterSays(t *testing.T) {
	o := newOffice(t)
	end := o.begin()
	defer end()
	o.post(crossing("m1", budgeting.Subscriber{Kind: "EMAIL", Address: "ann@example.com"}))
	o.until(func() bool { return len(o.letters) == 1 && len(o.posts) == 1 })
	for _, part := range []string{
		"Subject: Budget team: 85.50 USD spent of 100.00 USD", "To: <ann@example.com>",
		"The budget team of account 111122223333 has crossed a threshold: actual spend is greater than 80 % of the limit.",
		"85.50 USD (85.5 % of the limit)", "120.25 USD (120.3 % of the limit)", "100.00 USD per month", "2026-11-01 to 2026-11-30 (UTC)",
		"Most by caller:", "60.00 USD  arn:aws:iam::111122223333:user/ann", "5.50 USD  (others)",
		"Most by the tag team:", "85.00 USD  search", "0.50 USD  (none)", "arn:aws:budgets::111122223333:budget/team",
	} {
		if !strings.Contains(o.letters[0], part) {
			t.Errorf("the letter has no %q:\n%s", part, o.letters[0])
		}
	}
	if strings.Contains(o.letters[0], "inference profile") {
		t.Error("the letter ranks what there is nothing of")
	}
	if !strings.HasPrefix(o.posts[0], `/all {"text":"*Budget team: 85.50 USD spent of 100.00 USD*\n`) {
		t.Errorf("the webhook got %s", o.posts[0])
	}
}

func TestATopicThatCannotBeToldIsTriedAgain(t *testing.T) {
	o := newOffice(t)
	o.broken = 1
	end := o.begin()
	defer end()
	gone := strings.Replace(topic, "alarms", "gone", 1)
	o.post(crossing("m1", budgeting.Subscriber{Kind: "SNS", Address: topic}), crossing("m2", budgeting.Subscriber{Kind: "SNS", Address: gone}))
	o.until(func() bool { return o.messages["m1"] != nil && o.messages["m1"].Tries == 1 && o.messages["m2"] == nil })
	o.hurry("m1")
	o.until(func() bool { return len(o.messages) == 0 })
	if len(o.topics) != 1 {
		t.Errorf("the topics were told %q", o.topics)
	}
}

func TestActionsAreCarriedOutAndTold(t *testing.T) {
	tests := map[string]struct {
		command budget.Command
		refuse  error
		want    string // the command
		says    string
		failure string
	}{
		"executed": {command: budget.Execute, want: "execute 111122223333:team a-1", says: "The action a-1 (APPLY_IAM_POLICY) was carried out."},
		"undone":   {command: budget.Undo, want: "undo 111122223333:team a-1", says: "The action a-1 (APPLY_IAM_POLICY) of the budget team of account 111122223333 was undone."},
		"refused": {
			command: budget.Execute, refuse: fault.New(fault.AccessDenied, "not allowed"), want: "execute 111122223333:team a-1",
			says: "could not be carried out: not allowed", failure: "not allowed",
		},
		"to be approved": {command: budget.TellOfApproval, says: "The action a-1 (APPLY_IAM_POLICY) waits for approval."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.refuse = test.refuse
			end := o.begin()
			defer end()
			m := crossing("m1", budgeting.Subscriber{Kind: "EMAIL", Address: "ann@example.com"})
			m.Action, m.Command = "a-1", test.command
			o.post(m)
			o.until(func() bool { return len(o.messages) == 0 && len(o.letters) == 1 })
			if got := strings.Join(o.done, ", "); got != test.want {
				t.Errorf("done: %q, want %q", got, test.want)
			}
			if !strings.Contains(o.letters[0], test.says) {
				t.Errorf("the letter does not say %q:\n%s", test.says, o.letters[0])
			}
			if got := o.failures["m1"]; (got != nil || test.failure != "") && (got == nil || got.Error() != test.failure) {
				t.Errorf("the action failed with %v, want %q", got, test.failure)
			}
		})
	}
}

func TestAnActionWhoseStoreIsAwayIsTriedAgain(t *testing.T) {
	o := newOffice(t)
	o.refuse = errors.New("the store is away")
	end := o.begin()
	m := crossing("m1")
	m.Action, m.Command = "a-1", budget.Execute
	o.post(m)
	o.until(func() bool { return o.messages["m1"].Tries == 1 })
	end()
	if len(o.failures) != 0 || len(o.letters) != 0 {
		t.Errorf("it is said to have failed: %v, %v", o.failures, o.letters)
	}
}

func TestAnActionThatIsGoneIsForgotten(t *testing.T) {
	o := newOffice(t)
	end := o.begin()
	defer end()
	m := crossing("m1", budgeting.Subscriber{Kind: "EMAIL", Address: "ann@example.com"})
	m.Action, m.Command = "a-2", budget.Execute
	o.post(m)
	o.until(func() bool { return len(o.messages) == 0 })
	if len(o.done) != 0 {
		t.Errorf("%q were done", o.done)
	}
}

func TestWebhooksKeepTheirAddresses(t *testing.T) {
	w := NewWebhooks([]Webhook{{URL: identity.NewSecret("http://127.0.0.1:1/secret")}}, notify.NewPoster())
	d := w.deliveries(crossing("m1"), "s", "t")[0]
	err := w.Deliver(t.Context(), &d)
	if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(d.Address, "secret") || !strings.Contains(d.Address, "webhook ") {
		t.Errorf("%v, to %s", err, d.Address)
	}
	if err := NewWebhooks(nil, notify.NewPoster()).Deliver(t.Context(), &d); err == nil {
		t.Error("a webhook that is configured no more took a message")
	}
}

func TestSubjectsOfTopicsArePlain(t *testing.T) {
	long := letter{Message: crossing("m1")}
	long.Budget.Name = strings.Repeat("équipe ", 20)
	subject := plain(long.subject())
	if len(subject) > 100 || strings.ContainsFunc(subject, func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("%d: %q", len(subject), subject)
	}
}
