package config

import (
	"fmt"

	"github.com/outcrop/outcrop/internal/quota"
)

// defaultQuotas watch what AWS would refuse: a first call on a simulator, or on a model server of one's own, should not
// meet the limits of somebody else's hardware.
func defaultQuotas() quota.Policy { return quota.Policy{Enforce: true, Defaults: quota.Watch} }

// quotas checks the section, and that there is what its entries are for.
func (k checker) quotas(p *quota.Policy, n names) {
	sound := true
	fault := func(path, message string) {
		k.Fault("quotas."+path, "%s", message)
		sound = false
	}
	if quota.Check(p, fault); sound && n.facts != nil {
		quota.CheckParts(n.facts, p, fault)
	}
	for i, o := range p.Overrides {
		k.exists(fmt.Sprintf("quotas.overrides[%d]", i), Where{Region: o.Region, Model: o.Model}, n)
	}
	for i, s := range p.Shares {
		k.exists(fmt.Sprintf("quotas.shares[%d]", i), Where{Region: s.Region, Model: s.Model}, n)
	}
}
