package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// askBudgets makes one call of the Budgets API; its input and its answer are the operation's, in JSON.
type askBudgets func(operation, in string) string

// bySDK asks through the Go SDK, with its types for inputs and answers.
func (s *server) bySDK(t *testing.T) askBudgets {
	t.Helper()
	k := s.credentials()
	client := reflect.ValueOf(budgets.New(budgets.Options{
		BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret}, nil
		}),
	}))
	return func(operation, in string) string {
		t.Helper()
		call := client.MethodByName(operation)
		input := reflect.New(call.Type().In(1).Elem())
		if err := json.Unmarshal([]byte(in), input.Interface()); err != nil {
			t.Fatalf("%s: %v in %s", operation, err, in)
		}
		out := call.Call([]reflect.Value{reflect.ValueOf(withPatience(t)), input})
		if err, failed := out[1].Interface().(error); failed {
			t.Fatalf("%s: %v", operation, err)
		}
		answer, err := json.Marshal(out[0].Interface())
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
}

// byCLI asks through the AWS CLI.
func (s *server) byCLI(t *testing.T) askBudgets {
	t.Helper()
	hump := regexp.MustCompile(`([a-z])([A-Z])`)
	return func(operation, in string) string {
		t.Helper()
		command := strings.ToLower(hump.ReplaceAllString(operation, "$1-$2"))
		return s.run(t, "aws", "budgets", command, "--cli-input-json", in, "--output", "json")
	}
}

func TestEveryOperationOfTheBudgetsAPI(t *testing.T) {
	t.Parallel()
	t.Run("by the Go SDK", func(t *testing.T) {
		t.Parallel()
		s := start(t, "")
		everyBudgetsOperation(t, s, s.bySDK(t))
	})
	t.Run("by the AWS CLI", func(t *testing.T) {
		t.Parallel()
		need(t, "the AWS CLI", "aws", "--version")
		s := start(t, "")
		everyBudgetsOperation(t, s, s.byCLI(t))
	})
}

// everyBudgetsOperation asks each of them once, in an order in which each finds what it needs.
func everyBudgetsOperation(t *testing.T, s *server, ask askBudgets) {
	t.Helper()
	policy, role := s.actionRole(t)
	if _, err := s.client().converse(t, wideProfile, "Hello"); err != nil { // which spends something
		t.Fatal(err)
	}
	const (
		of           = `"AccountId":"111122223333","BudgetName":"search"`
		budget       = `{"BudgetName":"search","BudgetType":"COST","TimeUnit":"MONTHLY","BudgetLimit":{"Amount":"%s","Unit":"USD"}}`
		notification = `{"NotificationType":"ACTUAL","ComparisonOperator":"GREATER_THAN","Threshold":%d}`
		ann, ben     = `{"SubscriptionType":"EMAIL","Address":"ann@example.com"}`, `{"SubscriptionType":"EMAIL","Address":"ben@example.com"}`
		arn          = `"ResourceARN":"arn:aws:budgets::111122223333:budget/search"`
		actionARN    = `"ResourceARN":"arn:aws:budgets::111122223333:budget/search/action/<id>"`
	)
	at80, at90 := fmt.Sprintf(notification, 80), fmt.Sprintf(notification, 90)
	actionInput := fmt.Sprintf(`{%s,"NotificationType":"ACTUAL","ActionType":"APPLY_IAM_POLICY","ApprovalModel":"MANUAL","Subscribers":[%s],
		"ActionThreshold":{"ActionThresholdValue":0,"ActionThresholdType":"ABSOLUTE_VALUE"},"ExecutionRoleArn":%q,
		"Definition":{"IamActionDefinition":{"PolicyArn":%q,"Users":["ann"]}}}`, of, ann, role, policy)
	steps := []struct {
		operation, in, want string
		awaited             bool // it takes a moment until the answer is as wanted
	}{
		{"CreateBudget", `{"AccountId":"111122223333","Budget":` + fmt.Sprintf(budget, "100") + `}`, "", false},
		{"DescribeBudget", `{` + of + `}`, `"Amount":"100.0"`, false},
		{"UpdateBudget", `{"AccountId":"111122223333","NewBudget":` + fmt.Sprintf(budget, "50") + `}`, "", false},
		{"DescribeBudgets", `{"AccountId":"111122223333"}`, `"Amount":"50.0"`, false},
		{"DescribeBudgetPerformanceHistory", `{` + of + `}`, `"BudgetedAndActualAmountsList":[{`, false},
		{"CreateNotification", `{` + of + `,"Notification":` + at80 + `,"Subscribers":[` + ann + `]}`, "", false},
		{"UpdateNotification", `{` + of + `,"OldNotification":` + at80 + `,"NewNotification":` + at90 + `}`, "", false},
		{"DescribeNotificationsForBudget", `{` + of + `}`, `"Threshold":90`, false},
		{"DescribeBudgetNotificationsForAccount", `{"AccountId":"111122223333"}`, `"BudgetName":"search"`, false},
		{"CreateSubscriber", `{` + of + `,"Notification":` + at90 + `,"Subscriber":` + ben + `}`, "", false},
		{"UpdateSubscriber", `{` + of + `,"Notification":` + at90 + `,"OldSubscriber":` + ben + `,"NewSubscriber":` + strings.Replace(ben, "ben", "cem", 1) + `}`, "", false},
		{"DescribeSubscribersForNotification", `{` + of + `,"Notification":` + at90 + `}`, `"cem@example.com"`, false},
		{"DeleteSubscriber", `{` + of + `,"Notification":` + at90 + `,"Subscriber":` + ann + `}`, "", false},
		{"DeleteNotification", `{` + of + `,"Notification":` + at90 + `}`, "", false},
		{"TagResource", `{` + arn + `,"ResourceTags":[{"Key":"team","Value":"search"}]}`, "", false},
		{"ListTagsForResource", `{` + arn + `}`, `"Value":"search"`, false},
		{"UntagResource", `{` + arn + `,"ResourceTagKeys":["team"]}`, "", false},
		{"CreateBudgetAction", actionInput, `"ActionId":"`, false},
		{"DescribeBudgetAction", `{` + of + `,"ActionId":"<id>"}`, `"ApprovalModel":"MANUAL"`, false},
		{"TagResource", `{` + actionARN + `,"ResourceTags":[{"Key":"on","Value":"call"}]}`, "", false},
		{"ListTagsForResource", `{` + actionARN + `}`, `"Value":"call"`, false},
		{"UpdateBudgetAction", `{` + of + `,"ActionId":"<id>","ActionThreshold":{"ActionThresholdValue":0.000001,"ActionThresholdType":"ABSOLUTE_VALUE"}}`, `"OldAction"`, false},
		{"DescribeBudgetActionsForBudget", `{` + of + `}`, `"ActionType":"APPLY_IAM_POLICY"`, false},
		{"DescribeBudgetActionsForAccount", `{"AccountId":"111122223333"}`, `"Status":"PENDING"`, true},
		{"ExecuteBudgetAction", `{` + of + `,"ActionId":"<id>","ExecutionType":"APPROVE_BUDGET_ACTION"}`, `"APPROVE_BUDGET_ACTION"`, false},
		{"DescribeBudgetAction", `{` + of + `,"ActionId":"<id>"}`, `"EXECUTION_SUCCESS"`, true},
		{"DescribeBudgetActionHistories", `{` + of + `,"ActionId":"<id>"}`, `"CREATE_ACTION"`, false},
		{"DeleteBudgetAction", `{` + of + `,"ActionId":"<id>"}`, `"Action"`, false},
		{"DeleteBudget", `{` + of + `}`, "", false},
	}
	id, made := "", regexp.MustCompile(`"ActionId":"([^"]+)"`)
	asked := map[string]bool{}
	for _, step := range steps {
		asked[step.operation] = true
		in := strings.ReplaceAll(step.in, "<id>", id)
		answer := squeeze(ask(step.operation, in))
		for patience := withPatience(t); step.awaited && !strings.Contains(answer, step.want) && patience.Err() == nil; {
			answer = squeeze(ask(step.operation, in))
		}
		if !strings.Contains(answer, step.want) {
			t.Errorf("%s answers %s, want %s in it", step.operation, answer, step.want)
		}
		if m := made.FindStringSubmatch(answer); m != nil {
			id = m[1]
		}
	}
	if n := budgetsOperations(); len(asked) != n {
		t.Errorf("%d operations were asked, the SDK has %d", len(asked), n)
	}
}

// squeeze is JSON without the white space that lays it out.
func squeeze(text string) string {
	return regexp.MustCompile(`\n\s*|(": )`).ReplaceAllStringFunc(text, func(s string) string { return strings.Trim(s, " \n") })
}

// budgetsOperations is how many the SDK's client has.
func budgetsOperations() (n int) {
	for client, i := reflect.TypeFor[*budgets.Client](), 0; i < client.NumMethod(); i++ {
		if m := client.Method(i).Type; m.NumIn() == 4 && m.NumOut() == 2 {
			n++
		}
	}
	return n
}

// actionRole makes a policy that denies everything, and a role that actions of budgets may attach it with.
func (s *server) actionRole(t *testing.T) (policy, role string) {
	t.Helper()
	c := s.iamAs(s.credentials())
	newUser(t, c, "ann")
	denial, err := c.CreatePolicy(withPatience(t), &iam.CreatePolicyInput{PolicyName: aws.String("stop"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"bedrock:*","Resource":"*"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	hand, err := c.CreateRole(withPatience(t), &iam.CreateRoleInput{RoleName: aws.String("budgets"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"budgets.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.PutRolePolicy(withPatience(t), &iam.PutRolePolicyInput{
		RoleName: aws.String("budgets"), PolicyName: aws.String("attach"), PolicyDocument: allows("iam:*", "*"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return *denial.Policy.Arn, *hand.Role.Arn
}

func TestErrorsOfBudgetsAreTyped(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	k := s.credentials()
	c := budgets.New(budgets.Options{
		BaseEndpoint: &s.url, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret}, nil
		}),
	})
	create := func(kind types.BudgetType) error {
		_, err := c.CreateBudget(withPatience(t), &budgets.CreateBudgetInput{AccountId: aws.String(budgetAccount), Budget: &types.Budget{
			BudgetName: aws.String("twice"), BudgetType: kind, TimeUnit: types.TimeUnitMonthly, BudgetLimit: &types.Spend{Amount: aws.String("1"), Unit: aws.String("USD")},
		}})
		return err
	}
	failure[*types.InvalidParameterException](t, create(types.BudgetTypeRIUtilization), 400)
	if err := create(types.BudgetTypeCost); err != nil {
		t.Fatal(err)
	}
	failure[*types.DuplicateRecordException](t, create(types.BudgetTypeCost), 400)
	_, err := c.DescribeBudget(withPatience(t), &budgets.DescribeBudgetInput{AccountId: aws.String(budgetAccount), BudgetName: aws.String("none")})
	failure[*types.NotFoundException](t, err, 400)
	_, err = c.DescribeBudget(withPatience(t), &budgets.DescribeBudgetInput{AccountId: aws.String("444455556666"), BudgetName: aws.String("twice")})
	failure[*types.AccessDeniedException](t, err, 400)
}
