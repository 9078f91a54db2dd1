package access

import (
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
)

var _ gateway.Guard = (*Control)(nil)

// defaultTier is the service tier of a call that names none.
const defaultTier = "default"

// unspecified is aws:RequestedRegion while the region-less model of a global profile is judged.
const unspecified = "unspecified"

// Authorize implements gateway.Guard, as AWS documents it for inference profiles: the action on the profile that was
// called, then on the foundation model in the source region and in every destination, with bedrock:InferenceProfileArn
// naming the profile. A global profile needs the model in the source region and the model without a region. Tokens are
// counted on models alone.
func (c *Control) Authorize(call *gateway.Call, t *profile.Target) error {
	j := c.begin(&call.Principal, call.Origin)
	j.ask.Keys.Time, j.ask.Keys.RequestedRegion = call.Arrived, t.Source
	if err := j.bearer(); err != nil {
		return err
	}
	j.ask.Action = call.Action()
	j.seen(call)
	if through, ok := t.ProfileARN(call.Principal.Account); ok && j.ask.Action != gateway.CountAction {
		if err := j.profile(through, t); err != nil || c.opt.OneGrant {
			return err
		}
	}
	return j.models(t)
}

// seen takes from the body what policies ask of it.
func (j *judge) seen(call *gateway.Call) {
	j.ask.Keys.ServiceTier = defaultTier
	if call.Glance == nil {
		return
	}
	g := call.Glance()
	if j.ask.Keys.GuardrailIdentifier = g.Guardrail; g.Tier != "" {
		j.ask.Keys.ServiceTier = g.Tier
	}
}

// profile judges the call of a profile. From here on the profile is what models are called through.
func (j *judge) profile(through arn.ARN, t *profile.Target) error {
	name := through.String()
	if app := t.Application; app != nil {
		j.ask.Keys.ResourceTags = t.Labels
		if err := j.on(name, app.Account, app.Policy); err != nil {
			return err
		}
		j.ask.Keys.ResourceTags = nil
	} else if err := j.on(name, through.Account, nil); err != nil {
		return err
	}
	j.ask.Keys.InferenceProfileARN = name
	return nil
}

// models judges the call of the model everywhere it may run. Nobody owns a foundation model.
func (j *judge) models(t *profile.Target) error {
	if err := j.model(t, t.Source); err != nil {
		return err
	}
	if t.Scope == profile.Global {
		j.ask.Keys.RequestedRegion = unspecified
		return j.on(t.ModelARN("").String(), "", nil)
	}
	for _, r := range t.Destinations {
		if r == t.Source {
			continue
		}
		if err := j.model(t, r); err != nil {
			return err
		}
	}
	return nil
}

func (j *judge) model(t *profile.Target, r arn.Region) error {
	j.ask.Keys.RequestedRegion = r
	return j.on(t.ModelARN(r).String(), "", nil)
}
