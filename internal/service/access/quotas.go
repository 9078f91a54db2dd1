package access

import "github.com/outcrop/outcrop/internal/awswire"

// Quotas guards what shows the use of quotas. It is of Outcrop's own, and so is the action: outcrop:ListQuotas.
func (c *Control) Quotas() awswire.Guard {
	return &rules{control: c, prefix: "outcrop", bearer: true, table: map[string]rule{"ListQuotas": anything}}
}
