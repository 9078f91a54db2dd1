package organizations

// The quotas of an organisation.
const (
	maxAccounts    = 10_000
	maxUnits       = 2_000
	maxDepth       = 5 // of units below the root
	maxPolicies    = 1_000
	maxAttachments = 5      // of policies to one root, unit or account
	maxDocument    = 10_240 // characters of a service control policy
	maxTags        = 50     // of one resource
	maxPage        = 20     // items of a list, and how many there are unless fewer are asked for
)
