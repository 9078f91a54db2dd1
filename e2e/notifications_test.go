package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/emersion/go-smtp"
)

// mailbox is a mail server and a webhook.
type mailbox struct{ letters, posts *pile }

// pile is messages that came, in any order.
type pile struct {
	fresh chan string
	kept  []string
}

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{box: m}, nil }

type mailSession struct {
	box *mailbox
	to  string
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
	s.box.letters.fresh <- s.to + "\n" + strings.ReplaceAll(string(text), "=\r\n", "")
	return err
}

// find waits for a message that has a part.
func (p *pile) find(t *testing.T, part string) string {
	t.Helper()
	for {
		if at := slices.IndexFunc(p.kept, func(m string) bool { return strings.Contains(m, part) }); at >= 0 {
			return p.kept[at]
		}
		select {
		case m := <-p.fresh:
			p.kept = append(p.kept, m)
		case <-withPatience(t).Done():
			t.Fatalf("no message with %q came", part)
		}
	}
}

// newMailbox runs both on loopback, and returns the configuration that names them.
func newMailbox(t *testing.T) (*mailbox, string) {
	t.Helper()
	m := &mailbox{&pile{fresh: make(chan string, 100)}, &pile{fresh: make(chan string, 100)}}
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		m.posts.fresh <- string(body)
	}))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, done := smtp.NewServer(m), make(chan error, 1)
	server.Domain = "localhost"
	go func() { done <- server.Serve(ln) }()
	t.Cleanup(func() {
		_ = server.Close()
		_ = ln.Close()
		<-done
		web.Close()
	})
	return m, fmt.Sprintf(`
notifications:
  smtp: {host: 127.0.0.1, port: %d, security: none, from: "Outcrop <outcrop@example.com>"}
  webhooks: [{url: %q, budgets: ["te*"]}]
simulator: {first-token: 0s}
`, ln.Addr().(*net.TCPAddr).Port, web.URL)
}

// alarms is a server with a budget of a hundredth of a cent and a user who spends it.
type alarms struct {
	*testing.T
	*server
	budgets *budgets.Client
	iam     *iam.Client
	ann     caller
	role    *string
	deny    *string
}

func newAlarms(t *testing.T, config string) *alarms {
	t.Helper()
	s := start(t, config)
	k := s.credentials()
	a := &alarms{T: t, server: s, iam: s.iamAs(k)}
	a.budgets = budgets.New(budgets.Options{
		BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret}, nil
		}),
	})
	a.ann = caller{t, s.clientWith(access{keys: newUser(t, a.iam, "ann")})}
	ok(t)(a.iam.AttachUserPolicy(withPatience(t), &iam.AttachUserPolicyInput{UserName: aws.String("ann"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonBedrockFullAccess")}))
	deny, err := a.iam.CreatePolicy(withPatience(t), &iam.CreatePolicyInput{
		PolicyName: aws.String("stop"), PolicyDocument: aws.String(strings.Replace(*allows("bedrock:*", "*"), "Allow", "Deny", 1)),
	})
	if err != nil {
		t.Fatal(err)
	}
	role, err := a.iam.CreateRole(withPatience(t), &iam.CreateRoleInput{
		RoleName:                 aws.String("acts"),
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"budgets.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	a.deny, a.role = deny.Policy.Arn, role.Role.Arn
	return a
}

// entitle lets the role attach policies to users.
func (a *alarms) entitle() {
	a.Helper()
	ok(a.T)(a.iam.PutRolePolicy(withPatience(a.T), &iam.PutRolePolicyInput{
		RoleName: aws.String("acts"), PolicyName: aws.String("attach"), PolicyDocument: allows("iam:*UserPolicy", "*"),
	}))
}

// until waits for a status of an action.
func (a *alarms) until(id *string, want types.ActionStatus) {
	a.Helper()
	ctx := withPatience(a.T)
	for {
		out, err := a.budgets.DescribeBudgetAction(ctx, &budgets.DescribeBudgetActionInput{AccountId: aws.String(account), BudgetName: aws.String("team"), ActionId: id})
		if err != nil {
			a.Fatal(err)
		}
		if out.Action.Status == want {
			return
		}
		select {
		case <-ctx.Done():
			a.Fatalf("the action is in the status %s, want %s", out.Action.Status, want)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (a *alarms) execute(id *string, how types.ExecutionType) error {
	_, err := a.budgets.ExecuteBudgetAction(withPatience(a.T), &budgets.ExecuteBudgetActionInput{
		AccountId: aws.String(account), BudgetName: aws.String("team"), ActionId: id, ExecutionType: how,
	})
	return err
}

// A budget of a hundredth of a cent: mail and a webhook tell that it is spent, and an action denies the next call.
func TestABudgetThatIsSpentTellsAndActs(t *testing.T) {
	t.Parallel()
	box, config := newMailbox(t)
	a := newAlarms(t, config)
	mail := types.Subscriber{SubscriptionType: types.SubscriptionTypeEmail, Address: aws.String("boss@example.com")}
	ok(t)(a.budgets.CreateBudget(withPatience(t), &budgets.CreateBudgetInput{
		AccountId: aws.String(account),
		Budget: &types.Budget{
			BudgetName: aws.String("team"), BudgetType: types.BudgetTypeCost, TimeUnit: types.TimeUnitAnnually,
			BudgetLimit: &types.Spend{Amount: aws.String("0.0001"), Unit: aws.String("USD")},
		},
		NotificationsWithSubscribers: []types.NotificationWithSubscribers{{
			Notification: &types.Notification{NotificationType: types.NotificationTypeActual, ComparisonOperator: types.ComparisonOperatorGreaterThan, Threshold: 80},
			Subscribers:  []types.Subscriber{mail},
		}},
	}))
	made, err := a.budgets.CreateBudgetAction(withPatience(t), &budgets.CreateBudgetActionInput{
		AccountId: aws.String(account), BudgetName: aws.String("team"), NotificationType: types.NotificationTypeActual,
		ActionType: types.ActionTypeIam, ActionThreshold: &types.ActionThreshold{ActionThresholdValue: 100, ActionThresholdType: types.ThresholdTypePercentage},
		Definition:       &types.Definition{IamActionDefinition: &types.IamActionDefinition{PolicyArn: a.deny, Users: []string{"ann"}}},
		ExecutionRoleArn: a.role, ApprovalModel: types.ApprovalModelAuto, Subscribers: []types.Subscriber{mail},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.until(made.ActionId, types.ActionStatusStandby)
	for range 5 {
		a.ann.may(true, "nothing is spent yet")
	}
	told := box.letters.find(t, "actual spend is greater than 80 %")
	for _, part := range []string{"boss@example.com", "Subject: Budget team: ", "0.0001 USD per year", "arn:aws:iam::111122223333:user/ann"} {
		if !strings.Contains(told, part) {
			t.Errorf("the letter has no %q:\n%s", part, told)
		}
	}
	var post struct{ Text string }
	if err := json.Unmarshal([]byte(box.posts.find(t, "80 %")), &post); err != nil || !strings.Contains(post.Text, "user/ann") {
		t.Errorf("the webhook got %q: %v", post.Text, err)
	}
	a.until(made.ActionId, types.ActionStatusExecutionFailure)
	box.letters.find(t, "is not authorized to perform: iam:AttachUserPolicy")
	a.entitle()
	for _, step := range []struct {
		how  types.ExecutionType
		want types.ActionStatus
		may  bool
	}{
		{types.ExecutionTypeRetryBudgetAction, types.ActionStatusExecutionSuccess, false},
		{types.ExecutionTypeReverseBudgetAction, types.ActionStatusReverseSuccess, true},
		{types.ExecutionTypeResetBudgetAction, types.ActionStatusExecutionSuccess, false}, // armed behind its threshold
	} {
		if err := a.execute(made.ActionId, step.how); err != nil {
			t.Fatal(err)
		}
		a.until(made.ActionId, step.want)
		a.ann.may(step.may, string(step.how))
	}
	var locked *types.ResourceLockedException
	if err := a.execute(made.ActionId, types.ExecutionTypeApproveBudgetAction); !errors.As(err, &locked) {
		t.Errorf("approving what was carried out: %v", err)
	}
	a.histories(made.ActionId)
}

// histories reads the action's history in pages of three.
func (a *alarms) histories(id *string) {
	a.Helper()
	pages := budgets.NewDescribeBudgetActionHistoriesPaginator(a.budgets, &budgets.DescribeBudgetActionHistoriesInput{
		AccountId: aws.String(account), BudgetName: aws.String("team"), ActionId: id, MaxResults: aws.Int32(3),
	})
	var steps []types.ActionHistory
	for pages.HasMorePages() {
		page, err := pages.NextPage(withPatience(a.T))
		if err != nil {
			a.Fatal(err)
		}
		steps = append(steps, page.ActionHistories...)
	}
	if n := len(steps); n != 10 || steps[n-1].EventType != types.EventTypeCreateAction || steps[0].Status != types.ActionStatusExecutionSuccess {
		a.Errorf("the history has %d steps: %+v", n, steps)
	}
}

func TestAWSCommandLineManagesNotifications(t *testing.T) {
	t.Parallel()
	need(t, "the AWS CLI", "aws", "--version")
	a := newAlarms(t, "")
	cli := func(into any, args ...string) {
		t.Helper()
		out := a.run(t, "aws", append(append([]string{"budgets"}, args...), "--account-id", account, "--output", "json")...)
		if into == nil {
			return
		}
		if err := json.Unmarshal([]byte(out), into); err != nil {
			t.Fatalf("aws budgets %s printed %q: %v", strings.Join(args, " "), out, err)
		}
	}
	const n80 = "NotificationType=ACTUAL,ComparisonOperator=GREATER_THAN,Threshold=80"
	const n90 = "NotificationType=FORECASTED,ComparisonOperator=GREATER_THAN,Threshold=90,ThresholdType=PERCENTAGE"
	cli(nil, "create-budget", "--budget", "BudgetName=team,BudgetType=COST,TimeUnit=MONTHLY,BudgetLimit={Amount=5,Unit=USD}")
	cli(nil, "create-notification", "--budget-name", "team", "--notification", n80, "--subscribers", "SubscriptionType=EMAIL,Address=a@example.com")
	cli(nil, "update-notification", "--budget-name", "team", "--old-notification", n80, "--new-notification", n90)
	cli(nil, "create-subscriber", "--budget-name", "team", "--notification", n90, "--subscriber", "SubscriptionType=EMAIL,Address=b@example.com")
	cli(nil, "update-subscriber", "--budget-name", "team", "--notification", n90,
		"--old-subscriber", "SubscriptionType=EMAIL,Address=a@example.com", "--new-subscriber", "SubscriptionType=EMAIL,Address=c@example.com")
	var subscribers struct{ Subscribers []struct{ Address string } }
	cli(&subscribers, "describe-subscribers-for-notification", "--budget-name", "team", "--notification", n90, "--page-size", "1")
	if got := fmt.Sprint(subscribers.Subscribers); got != "[{c@example.com} {b@example.com}]" {
		t.Errorf("the subscribers are %s", got)
	}
	for _, address := range []string{"b@example.com", "c@example.com"} {
		cli(nil, "delete-subscriber", "--budget-name", "team", "--notification", n90, "--subscriber", "SubscriptionType=EMAIL,Address="+address)
	}
	var notifications struct{ Notifications []any }
	cli(&notifications, "describe-notifications-for-budget", "--budget-name", "team")
	if len(notifications.Notifications) != 0 {
		t.Errorf("without subscribers there are %v", notifications.Notifications)
	}
	var made struct{ ActionId string }
	cli(&made, "create-budget-action", "--budget-name", "team", "--notification-type", "ACTUAL", "--action-type", "APPLY_IAM_POLICY",
		"--action-threshold", "ActionThresholdValue=90,ActionThresholdType=PERCENTAGE", "--definition", "IamActionDefinition={PolicyArn="+*a.deny+",Users=[ann]}",
		"--execution-role-arn", *a.role, "--approval-model", "MANUAL", "--subscribers", "SubscriptionType=EMAIL,Address=a@example.com")
	var listed struct {
		Actions []struct{ ActionId, Status string }
	}
	cli(&listed, "describe-budget-actions-for-account")
	if len(listed.Actions) != 1 || listed.Actions[0].ActionId != made.ActionId || listed.Actions[0].Status != "STANDBY" {
		t.Errorf("the actions are %+v", listed)
	}
	cli(nil, "delete-budget-action", "--budget-name", "team", "--action-id", made.ActionId)
}
