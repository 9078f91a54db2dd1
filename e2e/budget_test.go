package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
)

// budgets makes one call of the Budgets API, and reads its answer into out.
func (s *server) budgets(t *testing.T, operation, in string, out any) {
	t.Helper()
	body := []byte(in)
	r, err := http.NewRequestWithContext(withPatience(t), http.MethodPost, s.url+"/", strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSBudgetServiceGateway."+operation)
	k, sum := s.credentials(), sha256.Sum256(body)
	who := aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret}
	if err := v4.NewSigner().SignHTTP(context.Background(), who, r, hex.EncodeToString(sum[:]), "budgets", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	got := send(t, client, r)
	if got.status != http.StatusOK {
		t.Fatalf("%s: HTTP %d: %s", operation, got.status, got.body)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal([]byte(got.body), out); err != nil {
		t.Fatalf("%s: %v in %s", operation, err, got.body)
	}
}

const budgetAccount = "111122223333"

// hardBudget makes a budget that stops calls; filter is JSON, or empty.
func (s *server) hardBudget(t *testing.T, name, limit, filter string) {
	t.Helper()
	if filter != "" {
		filter = `,"Metrics":["UnblendedCost"],"FilterExpression":` + filter
	}
	s.budgets(t, "CreateBudget", fmt.Sprintf(`{"AccountId":%q,"Budget":{"BudgetName":%q,"BudgetType":"COST","TimeUnit":"ANNUALLY",
		"BudgetLimit":{"Amount":%q,"Unit":"USD"}%s},"ResourceTags":[{"Key":"outcrop:enforcement","Value":"hard"}]}`, budgetAccount, name, limit, filter), nil)
}

// budgetSpent are what the budgets say is spent, by name.
func (s *server) budgetSpent(t *testing.T) map[string]*big.Rat {
	t.Helper()
	var out struct {
		Budgets []struct {
			BudgetName      string
			CalculatedSpend struct{ ActualSpend struct{ Amount string } }
		}
	}
	s.budgets(t, "DescribeBudgets", `{"AccountId":"`+budgetAccount+`"}`, &out)
	spent := map[string]*big.Rat{}
	for _, b := range out.Budgets {
		spent[b.BudgetName] = rational(t, b.CalculatedSpend.ActualSpend.Amount)
	}
	return spent
}

// cost is what everything costs as Cost Explorer has it.
func (s *server) cost(t *testing.T) *big.Rat {
	t.Helper()
	sum := new(big.Rat)
	out, err := s.explorer().GetCostAndUsage(withPatience(t), &costexplorer.GetCostAndUsageInput{
		TimePeriod: around(), Granularity: cetypes.GranularityMonthly, Metrics: []string{"UnblendedCost"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range out.ResultsByTime {
		sum.Add(sum, rational(t, *r.Total["UnblendedCost"].Amount))
	}
	return sum
}

func rational(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

// crowd is many callers at the edge of their budgets.
type crowd struct {
	*server
	t       *testing.T
	model   string
	client  *http.Client
	refused atomic.Int64
	calls   atomic.Int64
}

// full is a refusal by a budget.
var errFull = errors.New("a budget has no room")

// ask makes one call: whole, streamed, or streamed and left in the middle.
func (c *crowd) ask(how int) error {
	path := "/model/" + strings.ReplaceAll(strings.ReplaceAll(c.model, ":", "%3A"), "/", "%2F") + "/converse"
	if how > 0 {
		path += "-stream"
	}
	r := c.signed(c.t, http.MethodPost, path, []byte(`{"messages":[{"role":"user","content":[{"text":"How thick is the layer?"}]}],"inferenceConfig":{"maxTokens":100}}`))
	resp, err := c.client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	c.calls.Add(1)
	body := io.Reader(resp.Body)
	if how == 2 {
		body = io.LimitReader(body, 700)
	}
	answer, err := io.ReadAll(body)
	switch {
	case resp.StatusCode == http.StatusForbidden && strings.Contains(string(answer), "The budget"):
		c.refused.Add(1)
		return errFull
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("HTTP %d: %s", resp.StatusCode, answer)
	}
	return err
}

// rush lets callers call until each has been refused several times in a row, or the server is gone.
func (c *crowd) rush(callers, patience int) {
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 0))
			for left := patience; left > 0; {
				switch err := c.ask(rng.IntN(3)); {
				case err == nil:
					left = patience
				case errors.Is(err, errFull):
					left--
				default: // the server was killed
					return
				}
			}
		})
	}
	wg.Wait()
}

// drain calls one by one until there is no room: what is left then is less than one call may cost.
func (c *crowd) drain() {
	for {
		switch err := c.ask(1); {
		case errors.Is(err, errFull):
			return
		case err != nil:
			c.t.Fatal(err)
		}
	}
}

// overspend lets 200 callers spend the budgets of a server that is killed in the midst of it, and returns a server on
// the same data when nothing more can be spent.
func overspend(t *testing.T, s *server, config, model string) *server {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 200}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	const callers = 200
	first := &crowd{server: s, t: t, model: model, client: client}
	over := make(chan struct{})
	go func() {
		defer close(over)
		first.rush(callers, 1_000_000) // until the end of the server
	}()
	for first.calls.Load() < callers+100 { // in the midst of it
		_ = first.ask(1) // some are refused, which is no matter
	}
	_ = s.cmd.Process.Kill()
	<-over
	s.over = true
	var ended *exec.ExitError
	if err := <-s.exit; !errors.As(err, &ended) {
		t.Fatalf("the server was to be killed, and ended with %v", err)
	}
	s = startIn(t, s.data, config)
	half := s.budgetSpent(t)
	again := &crowd{server: s, t: t, model: model, client: client}
	again.rush(callers, 5)
	again.drain()
	t.Logf("%d calls before the kill, %d behind it, %d were refused; after the restart %v were spent",
		first.calls.Load(), again.calls.Load(), first.refused.Load()+again.refused.Load(), half)
	return s
}

// usable is the part of each limit that has to be usable.
var usable = big.NewRat(97, 100)

const budgetConfig = `simulator: {first-token: 2ms, tokens-per-second: 3000}
metering: {fsync: 50ms}
`

func TestAHardBudgetIsNeverOverspent(t *testing.T) {
	s := start(t, budgetConfig)
	s.hardBudget(t, "all", "1", "")
	s = overspend(t, s, budgetConfig, claudeProfile)
	spent := s.budgetSpent(t)["all"]
	s = s.restart(budgetConfig) // the ledger has everything then
	ledger := s.cost(t)
	t.Logf("of a hard budget of $1, $%s are spent; overspend: $%s", ledger.FloatString(12), positive(new(big.Rat).Sub(ledger, big.NewRat(1, 1))).FloatString(12))
	if again := s.budgetSpent(t)["all"]; spent.Cmp(ledger) != 0 || again.Cmp(ledger) != 0 {
		t.Errorf("the budget says %s, %s after a restart; the ledger %s", spent.FloatString(12), again.FloatString(12), ledger.FloatString(12))
	}
	if ledger.Cmp(big.NewRat(1, 1)) > 0 || ledger.Cmp(usable) < 0 {
		t.Errorf("$%s of $1 are spent", ledger.FloatString(12))
	}
	if m := s.get(t, "/metrics"); !strings.Contains(m, "outcrop_budget_reservations 0\n") {
		t.Error("some call still holds something of the budget")
	}
}

func positive(r *big.Rat) *big.Rat {
	if r.Sign() < 0 {
		return new(big.Rat)
	}
	return r
}

func TestTenNestedBudgets(t *testing.T) {
	s := start(t, budgetConfig)
	profile := s.client().createProfile(t, "search", profileARN("us-east-1", claudeProfile), tag("team", "search"))
	is := func(kind, key, value string) string {
		return fmt.Sprintf(`{%q:{"Key":%q,"Values":[%q]}}`, kind, key, value)
	}
	limits := map[string]string{}
	for name, b := range map[string]struct{ limit, filter string }{
		"account":   {"1.5", ""},
		"team":      {"1", is("Tags", "team", "search")},
		"profile":   {"1.1", is("Tags", "outcrop:profile", profile)},
		"resource":  {"1.2", is("Dimensions", "RESOURCE_ID", profile)},
		"principal": {"1.3", is("Tags", "outcrop:principal", "arn:aws:iam::"+budgetAccount+":user/admin")},
		"linked":    {"1.4", is("Dimensions", "LINKED_ACCOUNT", budgetAccount)},
		"region":    {"1.6", is("Dimensions", "REGION", "us-east-1")},
		"not ops":   {"1.05", `{"Not":` + is("Tags", "team", "ops") + `}`},
		"both":      {"1.01", `{"And":[` + is("Tags", "team", "search") + `,` + is("Dimensions", "RECORD_TYPE", "Usage") + `]}`},
		"entity":    {"2", is("Dimensions", "BILLING_ENTITY", "AWS Marketplace")},
	} {
		s.hardBudget(t, name, b.limit, b.filter)
		limits[name] = b.limit
	}
	s = overspend(t, s, budgetConfig, profile)
	all := s.budgetSpent(t)
	s = s.restart(budgetConfig) // the ledger has everything then
	ledger := s.cost(t)
	t.Logf("of ten nested hard budgets, the narrowest of $1, $%s are spent", ledger.FloatString(12))
	for name, spent := range all {
		if limit := rational(t, limits[name]); spent.Cmp(ledger) != 0 || spent.Cmp(limit) > 0 {
			t.Errorf("%s: $%s of $%s are spent; the ledger has $%s", name, spent.FloatString(12), limits[name], ledger.FloatString(12))
		}
	}
	if ledger.Cmp(usable) < 0 {
		t.Errorf("$%s of $1 are spent", ledger.FloatString(12))
	}
}

// A stream that an adaptive budget has no more room for ends with an error that says so, and is charged for what it told.
func TestAnAdaptiveBudgetCutsAStream(t *testing.T) {
	t.Parallel()
	s := start(t, "simulator: {first-token: 0s, tokens-per-second: 0}")
	s.hardBudget(t, "all", "1", "")
	ask := func(max int) reply {
		client := &http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		return send(t, client, s.signed(t, http.MethodPost, "/model/"+claudeProfile+"/converse-stream", fmt.Appendf(nil,
			`{"messages":[{"role":"user","content":[{"text":"How deep?"}]}],"inferenceConfig":{"maxTokens":%d}}`, max)))
	}
	for range 60 { // answers of two tokens are learned
		ask(2)
	}
	spent := s.budgetSpent(t)["all"]
	room := new(big.Rat).Add(spent, big.NewRat(45, 10_000)) // more than the input holds, and less than the answer takes
	s.budgets(t, "UpdateBudget", fmt.Sprintf(`{"AccountId":%q,"NewBudget":{"BudgetName":"all","BudgetType":"COST","TimeUnit":"ANNUALLY",
		"BudgetLimit":{"Amount":%q,"Unit":"USD"}}}`, budgetAccount, room.FloatString(12)), nil)
	s.budgets(t, "TagResource", fmt.Sprintf(`{"ResourceARN":"arn:aws:budgets::%s:budget/all","ResourceTags":[{"Key":"outcrop:enforcement","Value":"adaptive"}]}`, budgetAccount), nil)
	got := ask(4000)
	for _, want := range []string{":exception-type", "validationException", `The budget \"all\" of account 111122223333 ends this answer here`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the stream does not say %s:\n%q", want, got.body)
		}
	}
	if now := s.budgetSpent(t)["all"]; now.Cmp(spent) <= 0 || now.Cmp(room) > 0 {
		t.Errorf("$%s were spent before and $%s after it, of $%s", spent.FloatString(12), now.FloatString(12), room.FloatString(12))
	}
}
