package server

import (
	"net/http"
	"strings"
	"testing"
)

func TestAPIKeys(t *testing.T) {
	e := start(t, nil)
	const (
		echoed  = `200  {"bytes":1,"region":"eu-west-1","by":"arn:aws:iam::111122223333:user/admin"}`
		invalid = `403 AccessDeniedException {"message":"Authentication failed: Please make sure your API Key is valid."}`
	)
	for name, c := range map[string]struct {
		path, header, want string // header: "Name: value", several parted by newlines
	}{
		"bearer":                        {"/echo", "Authorization: Bearer good-key", echoed},
		"bearer in any case":            {"/echo", "Authorization: bEaReR  good-key ", echoed},
		"x-api-key":                     {"/echo", "X-Api-Key: good-key", echoed},
		"bearer before x-api-key":       {"/echo", "Authorization: Bearer good-key\nX-Api-Key: other", echoed},
		"a region":                      {"/echo", "X-Api-Key: good-key\nX-Outcrop-Source-Region: ap-south-1", strings.Replace(echoed, "eu-west-1", "ap-south-1", 1)},
		"no region":                     {"/echo", "X-Api-Key: good-key\nX-Outcrop-Source-Region: <b>", `400 ValidationException {"message":"The header x-outcrop-source-region must be a region's code, such as eu-west-1."}`},
		"a region far too long":         {"/echo", "X-Api-Key: good-key\nX-Outcrop-Source-Region: " + strings.Repeat("a", 65), `400 ValidationException {"message":"The header x-outcrop-source-region must be a region's code, such as eu-west-1."}`},
		"a key of one region":           {"/echo", "Authorization: Bearer sydney-key", strings.Replace(echoed, "eu-west-1", "ap-southeast-2", 1)},
		"that region named":             {"/echo", "Authorization: Bearer sydney-key\nX-Outcrop-Source-Region: ap-southeast-2", strings.Replace(echoed, "eu-west-1", "ap-southeast-2", 1)},
		"another region named":          {"/echo", "Authorization: Bearer sydney-key\nX-Outcrop-Source-Region: eu-west-1", strings.Replace(invalid, "valid.", "valid. It is good for ap-southeast-2 alone, and the header x-outcrop-source-region names eu-west-1.", 1)},
		"a wrong key":                   {"/echo", "Authorization: Bearer bad-key", invalid},
		"a wrong x-api-key":             {"/echo", "X-Api-Key: bad-key", invalid},
		"a presigned request":           {"/echo?X-Amz-Algorithm=AWS4&X-Amz-Signature=x", "X-Api-Key: good-key", `403 IncompleteSignatureException {"message":"Unsupported AWS 'algorithm': 'AWS4'."}`},
		"an empty key":                  {"/echo", "Authorization: Bearer ", invalid},
		"no key":                        {"/echo", "Authorization: Bearer", invalid},
		"an empty x-api-key":            {"/echo", "X-Api-Key: ", invalid},
		"a scheme nobody knows":         {"/echo", "Authorization: Basic Z29vZC1rZXk=\nX-Api-Key: good-key", `403 IncompleteSignatureException {"message":"Unsupported AWS 'algorithm': 'Basic'."}`},
		"a service keys do not open":    {"/report", "X-Api-Key: good-key", `404 UnknownOperationException {"message":"The requested operation is not recognized by the service."}`},
		"a path that nobody serves":     {"/nowhere", "X-Api-Key: good-key", `404 UnknownOperationException {"message":"The requested operation is not recognized by the service."}`},
		"a path that belongs elsewhere": {"/report/1", "X-Api-Key: good-key", `404 UnknownOperationException {"message":"The requested operation is not recognized by the service."}`},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest("POST", e.URL()+c.path, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(c.header) {
				header, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
				r.Header.Set(header, value)
			}
			if got := strings.Replace(say(t, client(t), r), `{"Message"`, `{"message"`, 1); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A signature counts for more than a key beside it: whoever signs means the region of the scope.
func TestASignatureBesideAKey(t *testing.T) {
	e := start(t, nil)
	r := e.request(t, "POST", "/echo", "x")
	r.Header.Set("X-Api-Key", "bad-key")
	if got := say(t, client(t), r); !strings.HasPrefix(got, `200  {"bytes":1,"region":"us-east-1"`) {
		t.Error(got)
	}
}

// What needs no credential takes a good one too, and still refuses a bad one.
func TestOperationsWithoutCredentials(t *testing.T) {
	e := start(t, nil)
	const missing = `403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}`
	for name, c := range map[string]struct{ path, header, value, want string }{
		"none":         {"/hello", "", "", `200  {"region":"eu-north-1","by":""}`},
		"a key":        {"/hello", "X-Api-Key", "good-key", `200  {"region":"eu-west-1","by":"arn:aws:iam::111122223333:user/admin"}`},
		"a bad key":    {"/hello", "X-Api-Key", "bad-key", `403 AccessDeniedException {"message":"Authentication failed: Please make sure your API Key is valid."}`},
		"a bad scheme": {"/hello", "Authorization", "Basic x", `403 IncompleteSignatureException {"message":"Unsupported AWS 'algorithm': 'Basic'."}`},
		"elsewhere":    {"/echo", "", "", missing},
		"nowhere":      {"/nowhere", "", "", missing},
		"presigned":    {"/hello?X-Amz-Algorithm=x", "", "", `403 IncompleteSignatureException {"message":"Unsupported AWS 'algorithm': 'x'."}`},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest("POST", e.URL()+c.path, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			if got := say(t, client(t), r); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
