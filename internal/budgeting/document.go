package budgeting

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/budget"
	"github.com/outcrop/outcrop/internal/money"
	"github.com/outcrop/outcrop/internal/store"
)

// collection is what the store calls the documents of this package; they have the kinds below.
const (
	collection  = "budgets"
	kindBudget  = "budget"
	kindMessage = "message"
)

// Budget is a budget as it is kept: what decides, what its owner sees again as it was written, and who is to be told.
type Budget struct {
	budget.Definition
	Metric    string          `json:"metric,omitzero"`    // "UnblendedCost"; empty when CostTypes was used
	CostTypes map[string]bool `json:"costTypes,omitzero"` // by member of the API's CostTypes
	Updated   time.Time       `json:"updated"`
	Notices   []Notice        `json:"notices,omitzero"`
	Actions   []Action        `json:"actions,omitzero"`
}

// Notice is a notification with those who are told, and how it stands.
type Notice struct {
	budget.Notification
	Subscribers []Subscriber `json:"subscribers"`
	Alarm       budget.Alarm `json:"alarm,omitzero"`
}

// Subscriber is somebody who is told.
type Subscriber struct {
	Kind    string `json:"kind"` // "EMAIL", "SNS"
	Address string `json:"address"`
}

// Action is what a budget does when its threshold is crossed.
type Action struct {
	ID string `json:"id"`
	// Threshold is when: its operator is always GreaterThan.
	Threshold   budget.Notification `json:"threshold"`
	Alarm       budget.Alarm        `json:"alarm,omitzero"`
	Kind        string              `json:"kind"`       // "APPLY_IAM_POLICY", …
	Definition  jsontext.Value      `json:"definition"` // what is done, in the words of whoever carries it out
	Role        string              `json:"role"`       // ARN
	Rules       budget.ActionRules  `json:"rules"`
	Subscribers []Subscriber        `json:"subscribers"`
	Tags        map[string]string   `json:"tags,omitzero"`
	Status      budget.ActionStatus `json:"status"`
	History     []ActionStep        `json:"history,omitzero"` // oldest first
}

// ActionStep is an entry of an action's history.
type ActionStep struct {
	At      time.Time           `json:"at"`
	Event   string              `json:"event"` // "SYSTEM", "CREATE_ACTION", "EXECUTE_ACTION", …
	Status  budget.ActionStatus `json:"status"`
	Message string              `json:"message"`
}

// Message is something that has to be told or done once. It is stored in one step with the change that it comes of, and
// stays until whoever delivers it says that it is done.
type Message struct {
	// ID is made of the budget, the threshold, the period, the crossing and its moment.
	ID     string     `json:"id"`
	Budget budget.Key `json:"budget"`
	At     time.Time  `json:"at"`

	// Notification is what was crossed, and Subscribers are who is told.
	Notification budget.Notification `json:"notification"`
	Subscribers  []Subscriber        `json:"subscribers"`
	Figures      Figures             `json:"figures"`

	// Action and Command are set when something is to be done; with TellOfApproval subscribers are told that an action
	// waits for them.
	Action  string         `json:"action,omitzero"`
	Command budget.Command `json:"command,omitzero"`

	Tries int       `json:"tries,omitzero"`
	Next  time.Time `json:"next,omitzero"` // not before
}

// Figures are those of a budget when a message was made.
type Figures struct {
	PeriodStart time.Time    `json:"periodStart"`
	PeriodEnd   time.Time    `json:"periodEnd"`
	Measure     string       `json:"measure"`
	Limit       money.Amount `json:"limit"`
	Spent       money.Amount `json:"spent"`
	Forecast    money.Amount `json:"forecast"`
	Foreseen    bool         `json:"foreseen,omitzero"`
}

func figuresOf(s *budget.Status) Figures {
	return Figures{s.Period.Start, s.Period.End, s.Definition.Measure, s.Limit, s.Spent, s.Forecast, s.Foreseen}
}

// read takes in one document.
func read(d store.Document, budgets map[budget.Key]*Budget, messages map[string]*Message) error {
	if d.Kind == kindMessage {
		m := new(Message)
		if err := json.Unmarshal(d.Body, m); err != nil {
			return err
		}
		messages[m.ID] = m
		return nil
	}
	b := new(Budget)
	if err := json.Unmarshal(d.Body, b); err != nil {
		return err
	}
	budgets[b.Key] = b
	return nil
}

// write makes the change that puts a document.
func write(kind, key string, body any) (store.DocumentChange, error) {
	text, err := json.Marshal(body, json.Deterministic(true))
	return store.DocumentChange{Document: store.Document{Kind: kind, Key: key, Body: text}}, err
}

func remove(kind, key string) store.DocumentChange {
	return store.DocumentChange{Document: store.Document{Kind: kind, Key: key}, Delete: true}
}
