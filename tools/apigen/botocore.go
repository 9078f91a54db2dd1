package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// rawModel is a service-2.json file, as far as generation needs it.
type rawModel struct {
	Metadata struct {
		APIVersion string `json:"apiVersion"`
		Protocol   string `json:"protocol"`
		// JSONVersion and TargetPrefix are those of the protocol "json".
		JSONVersion  string `json:"jsonVersion"`
		TargetPrefix string `json:"targetPrefix"`
		XMLNamespace string `json:"xmlNamespace"` // of the protocol "query"
	} `json:"metadata"`
	Operations map[string]rawOperation `json:"operations"`
	Shapes     map[string]rawShape     `json:"shapes"`
}

type rawOperation struct {
	HTTP struct {
		Method       string `json:"method"`
		RequestURI   string `json:"requestUri"`
		ResponseCode int    `json:"responseCode"`
	} `json:"http"`
	Input  *rawRef  `json:"input"`
	Output *rawRef  `json:"output"`
	Errors []rawRef `json:"errors"`
}

// rawRef is one shape's use of another, with the traits of that use.
type rawRef struct {
	Shape            string `json:"shape"`
	Location         string `json:"location"`
	LocationName     string `json:"locationName"`
	IdempotencyToken bool   `json:"idempotencyToken"`
	TimestampFormat  string `json:"timestampFormat"`
	ResultWrapper    string `json:"resultWrapper"`
}

type rawShape struct {
	Type            string          `json:"type"`
	Required        []string        `json:"required"`
	Members         ordered[rawRef] `json:"members"`
	Member          *rawRef         `json:"member"`
	Key             *rawRef         `json:"key"`
	Value           *rawRef         `json:"value"`
	Enum            []string        `json:"enum"`
	Min             *float64        `json:"min"`
	Max             *float64        `json:"max"`
	Pattern         string          `json:"pattern"`
	Payload         string          `json:"payload"`
	TimestampFormat string          `json:"timestampFormat"`
	Sensitive       bool            `json:"sensitive"`
	Union           bool            `json:"union"`
	Document        bool            `json:"document"`
	EventStream     bool            `json:"eventstream"`
	Exception       bool            `json:"exception"`
	Event           bool            `json:"event"`
	Flattened       bool            `json:"flattened"`
	Fault           bool            `json:"fault"`
	Error           struct {
		Code           string `json:"code"`
		HTTPStatusCode int    `json:"httpStatusCode"`
	} `json:"error"`
}

// ordered is a JSON object that keeps the order of its members: violations are listed in it.
type ordered[T any] []named[T]

type named[T any] struct {
	Name  string
	Value T
}

func (o *ordered[T]) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var v T
		if err := dec.Decode(&v); err != nil {
			return fmt.Errorf("member %v: %w", name, err)
		}
		*o = append(*o, named[T]{name.(string), v})
	}
	return nil
}

// source is an installed botocore.
type source struct {
	Dir     string // the package's folder
	Version string
}

// findBotocore asks Python where botocore is, or takes dir when one is given.
func findBotocore(dir string) (source, error) {
	if dir == "" {
		out, err := exec.Command("python3", "-c", "import botocore; print(botocore.__path__[0])").Output()
		if err != nil {
			return source{}, fmt.Errorf("cannot find botocore with python3 (pip install botocore, or name its folder with -models): %w", err)
		}
		dir = strings.TrimSpace(string(out))
	}
	text, err := os.ReadFile(filepath.Join(dir, "__init__.py"))
	if err != nil {
		return source{}, fmt.Errorf("cannot read botocore's version (-models must name the botocore package folder): %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "__version__ = "); ok {
			return source{dir, strings.Trim(strings.TrimSpace(v), `'"`)}, nil
		}
	}
	return source{}, fmt.Errorf("no __version__ in %s", filepath.Join(dir, "__init__.py"))
}

// load reads the newest model of a service.
func (s source) load(service string) (*rawModel, error) {
	files, err := filepath.Glob(filepath.Join(s.Dir, "data", service, "*", "service-2.json.gz"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no model of %s under %s", service, s.Dir)
	}
	slices.Sort(files)
	f, err := os.Open(files[len(files)-1])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("cannot unpack %s: %w", f.Name(), err)
	}
	text, err := io.ReadAll(zr)
	if err != nil {
		return nil, fmt.Errorf("cannot unpack %s: %w", f.Name(), err)
	}
	m := new(rawModel)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", f.Name(), err)
	}
	return m, nil
}
