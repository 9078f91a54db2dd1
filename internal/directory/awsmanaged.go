package directory

import (
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"fmt"
	"io/fs"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/outcrop/outcrop/internal/policy"
)

//go:embed data/*.json
var awsData embed.FS

// awsPolicy is a file of data.
type awsPolicy struct {
	Name        string
	ID          string // where it is known
	Version     string
	Created     time.Time
	Updated     time.Time
	Description string
	Document    jsontext.Value
}

// awsManaged reads AWS's own managed policies, by ARN.
func awsManaged() (map[string]*ManagedPolicy, error) {
	files, err := fs.Glob(awsData, "data/*.json")
	if err != nil {
		return nil, err
	}
	all := make(map[string]*ManagedPolicy, len(files))
	for _, name := range files {
		text, err := awsData.ReadFile(name)
		if err != nil {
			return nil, err
		}
		p, err := readAWSPolicy(text)
		if err != nil {
			return nil, fmt.Errorf("cannot read AWS's policy %s: %w", name, err)
		}
		all[p.ARN()] = p
	}
	return all, nil
}

func readAWSPolicy(text []byte) (*ManagedPolicy, error) {
	var f awsPolicy
	if err := json.Unmarshal(text, &f, json.RejectUnknownMembers(true)); err != nil {
		return nil, err
	}
	if err := f.Document.Indent(jsontext.WithIndent("    ")); err != nil {
		return nil, err
	}
	p := &ManagedPolicy{
		Account: AWSOwner, Name: f.Name, Path: "/", ID: f.ID, Description: f.Description,
		Created: f.Created, Updated: f.Updated, Default: f.Version,
	}
	if p.ID == "" {
		sum := sha256.Sum256([]byte(p.ARN()))
		p.ID = "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
	}
	document, err := NewDocument(policy.Identity, p.ARN(), string(f.Document))
	if err != nil {
		return nil, err
	}
	p.Versions = []Version{{f.Version, document, f.Updated}}
	return p, nil
}
