package bedrock_test

import "fmt"

// The answers of the API as a client of no SDK sees them.
type (
	created struct {
		ARN    string `json:"inferenceProfileArn"`
		Status string `json:"status"`
	}
	page struct {
		Summaries []summary `json:"inferenceProfileSummaries"`
		NextToken string    `json:"nextToken"`
	}
	summary struct {
		ID   string `json:"inferenceProfileId"`
		ARN  string `json:"inferenceProfileArn"`
		Type string `json:"type"`
	}
	tagList struct {
		Tags []struct {
			Key   string `json:"key"`
			Value string `json:"value"`
		} `json:"tags"`
	}
	modelList struct {
		Models []model `json:"modelSummaries"`
	}
	modelAnswer struct {
		Model model `json:"modelDetails"`
	}
	model struct {
		ID       string   `json:"modelId"`
		ARN      string   `json:"modelArn"`
		Provider string   `json:"providerName"`
		Types    []string `json:"inferenceTypesSupported"`
		Output   []string `json:"outputModalities"`
		Custom   []string `json:"customizationsSupported"`
		Life     struct {
			Status string `json:"status"`
		} `json:"modelLifecycle"`
	}
)

// createBody asks for a profile over a small model with one tag. An empty token is left out.
func createBody(name, token string) string {
	if token != "" {
		token = fmt.Sprintf(`,"clientRequestToken":%q`, token)
	}
	return fmt.Sprintf(`{"inferenceProfileName":%q,"modelSource":{"copyFrom":%q},"tags":[{"key":"seed","value":"v"}]%s}`, name, novaLite, token)
}
