package directory

import (
	"slices"
	"time"

	"github.com/outcrop/outcrop/internal/policy"
)

// FullAWSAccess is the id of the service control policy that allows everything. It is attached to whatever a new
// organisation, unit or account is, because a level without a policy allows nothing.
const FullAWSAccess = "p-FullAWSAccess"

const allowAll = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*"
        }
    ]
}`

// Found is what a new organisation begins with: itself, its management account, which stands at the root, and the
// service control policy that limits nobody.
func Found(id, root string, management *Member, now time.Time) ([]Change, error) {
	full := &ControlPolicy{
		ID: FullAWSAccess, Name: "FullAWSAccess", Description: "Allows access to every operation",
		Targets: []string{root, string(management.ID)}, AWSManaged: true, Created: now,
	}
	slices.Sort(full.Targets)
	var err error
	if full.Document, err = NewDocument(policy.ServiceControl, full.ARN(), allowAll); err != nil {
		return nil, err
	}
	management.Parent, management.Status = root, Active
	return []Change{
		Put(&Organization{ID: id, Root: root, Management: management.ID, Created: now, ServiceControl: true}),
		Put(management), Put(full),
	}, nil
}
