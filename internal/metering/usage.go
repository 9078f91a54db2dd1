package metering

import (
	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/meter"
)

// usageOf is what the gateway knows of a call, in the words of metering.
func usageOf(r *gateway.Record) meter.Usage {
	u := meter.Usage{
		RequestID: r.RequestID, At: r.Arrived, Account: r.Principal.Account, Principal: r.Principal.ARN,
		Source: r.Source, Serving: r.Region, Operation: r.Operation,
		Counts: meter.CountsOf(r.Usage), Estimated: r.Usage.Estimated,
		Latency: meter.Elapsed(r.Latency), FirstToken: meter.Elapsed(r.FirstContent), Attempts: r.Attempts,
		Outcome: outcomeOf(r), Metadata: r.Metadata,
	}
	// A tier without prices of its own is the standard one.
	u.Tier, _ = catalog.ParseTier(r.Tier)
	if t := r.Target; t != nil {
		u.Model, u.Scope = t.Model.ID, catalog.Scope(t.Scope.String())
		if t.System != nil {
			u.System = t.System.ID
		}
		if a := t.Application; a != nil {
			u.Application = meter.Application{ARN: a.ARN(t.Partition).String(), ID: a.ID, Name: a.Name, Tags: a.Tags}
		}
	}
	return u
}

func outcomeOf(r *gateway.Record) meter.Outcome {
	switch {
	case r.Failure == nil:
		return meter.Succeeded
	case r.Failure.Code == fault.ClientGone:
		return meter.Left
	case r.Attempts == 0:
		return meter.Refused
	}
	return meter.Failed
}

// dimensionText is how a key is kept: as JSON, which operators can read in the store too.
func dimensionText(d *meter.Dimensions) (string, error) {
	text, err := json.Marshal(d)
	return string(text), err
}
