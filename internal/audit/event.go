package audit

import (
	"net"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// event is one line, with the members and the order of CloudTrail's records.
type event struct {
	Version          string         `json:"eventVersion"`
	Identity         userIdentity   `json:"userIdentity"`
	Time             string         `json:"eventTime"`
	Source           string         `json:"eventSource"`
	Name             string         `json:"eventName"`
	Region           string         `json:"awsRegion"`
	SourceIP         string         `json:"sourceIPAddress"`
	UserAgent        string         `json:"userAgent"`
	ErrorCode        string         `json:"errorCode,omitzero"`
	ErrorMessage     string         `json:"errorMessage,omitzero"`
	Parameters       jsontext.Value `json:"requestParameters"`
	Response         *struct{}      `json:"responseElements"`
	Additional       *additional    `json:"additionalEventData,omitzero"`
	RequestID        string         `json:"requestID"`
	EventID          string         `json:"eventID"`
	ReadOnly         bool           `json:"readOnly"`
	Type             string         `json:"eventType"`
	Management       bool           `json:"managementEvent"`
	RecipientAccount string         `json:"recipientAccountId"`
	Category         string         `json:"eventCategory"`
	TLS              *tls           `json:"tlsDetails,omitzero"`
}

type additional struct {
	InferenceRegion string `json:"inferenceRegion,omitzero"`
	Bearer          bool   `json:"callWithBearerToken,omitzero"`
}

type tls struct {
	Host string `json:"clientProvidedHostHeader"`
}

// version is the one of CloudTrail's record format that has all these members.
const version = "1.11"

// newEvent is the line of one call.
func newEvent(c *awswire.Call, operation string, o awswire.Outcome, id string) *event {
	e := &event{
		Version: version, Identity: identify(&c.Principal), Time: stamp(c.Arrived),
		Source: source(c.Service), Name: operation, Region: string(c.Region),
		SourceIP: address(c.Request), UserAgent: clip(c.Request.UserAgent()),
		Parameters: parameters(c, operation), RequestID: c.RequestID, EventID: id,
		ReadOnly: readOnly(operation), Type: "AwsApiCall", Management: true,
		RecipientAccount: string(c.Principal.Account), Category: "Management", TLS: &tls{clip(c.Request.Host)},
	}
	if o.Err != nil {
		public := fault.Public(o.Err)
		e.ErrorCode, e.ErrorMessage = awswire.ErrorName(o.Err), public.Message
	}
	if a := (additional{InferenceRegion: rerouted(c), Bearer: c.Principal.Bearer != ""}); a != (additional{}) {
		e.Additional = &a
	}
	return e
}

func (e *event) encode() ([]byte, error) { return json.Marshal(e) }

// source is the service as CloudTrail names it: the runtime and the doors are Bedrock.
func source(service string) string {
	switch service {
	case "bedrock-runtime", "openai", "anthropic":
		service = "bedrock"
	}
	return service + ".amazonaws.com"
}

// readOnly reports whether an operation changes nothing, which its verb tells. Inference counts as reading.
func readOnly(operation string) bool {
	if isInference(operation) {
		return true
	}
	for _, verb := range [...]string{"Get", "List", "Describe", "Simulate", "Retrieve", "Count"} {
		if strings.HasPrefix(operation, verb) {
			return true
		}
	}
	return false
}

// isInference reports whether an operation runs a model.
func isInference(operation string) bool {
	switch operation {
	case "Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream",
		"CreateChatCompletion", "CreateResponse", "CreateMessage":
		return true
	}
	return false
}

// address is who sent the request, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// clip bounds a text that a client chose.
func clip(s string) string {
	const longest = 1024
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}
