package metering

import (
	"fmt"
	"iter"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/meter"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/store"
)

// UsageOf is what the gateway knows of a call, in the words of metering.
func UsageOf(r *gateway.Record) meter.Usage { return usageOf(r, applicationOf(r.Target)) }

// usageOf is what the gateway knows of a call, in the words of metering. app is its application profile,
// whose ARN is put together once a call.
func usageOf(r *gateway.Record, app meter.Application) meter.Usage {
	u := meter.Usage{
		RequestID: r.RequestID, At: r.Arrived, Account: r.Payer(), Principal: r.Principal.ARN, PrincipalTags: principalTags(r),
		Source: r.Source, Serving: r.Region, Operation: r.Operation,
		Counts: meter.CountsOf(r.Usage), Estimated: r.Usage.Estimated,
		Latency: meter.Elapsed(r.Latency), FirstToken: meter.Elapsed(r.FirstContent), Attempts: r.Attempts,
		Outcome: outcomeOf(r), Application: app, Metadata: r.Metadata,
	}
	// A tier without prices of its own is the standard one.
	u.Tier, _ = catalog.ParseTier(r.Tier)
	if t := r.Target; t != nil {
		u.Model, u.Scope = t.Model.ID, catalog.Scope(t.Scope.String())
		if t.System != nil {
			u.System = t.System.ID
		}
	}
	return u
}

// callerTag is the key under iamPrincipal/ that tells an owner which account called a shared profile.
const callerTag = "outcrop:account"

// principalTags are the caller's tags, nil without any. A caller from another account than the payer's has that account
// among them.
func principalTags(r *gateway.Record) map[string]string {
	foreign := r.Payer() != r.Principal.Account
	if len(r.Principal.Tags) == 0 && !foreign {
		return nil
	}
	tags := make(map[string]string, len(r.Principal.Tags)+1)
	for _, t := range r.Principal.Tags {
		tags[t.Key] = t.Value
	}
	if foreign {
		tags[callerTag] = string(r.Principal.Account)
	}
	return tags
}

// applicationOf is the application profile that was called, as it is at this moment.
func applicationOf(t *profile.Target) meter.Application {
	if t == nil || t.Application == nil {
		return meter.Application{}
	}
	a := t.Application
	return meter.Application{ARN: a.ARN(t.Partition).String(), ID: a.ID, Name: a.Name, Tags: a.Tags}
}

func outcomeOf(r *gateway.Record) meter.Outcome {
	switch {
	case r.Failure == nil:
		return meter.Succeeded
	case r.Failure.Code == fault.ClientGone, r.Cut:
		return meter.Left
	case r.Attempts == 0:
		return meter.Refused
	}
	return meter.Failed
}

// keyTexts remembers how keys are kept: as JSON, which operators can read in the store too.
type keyTexts map[meter.Dimensions]string

// maxTexts bounds the keys kept in memory.
const maxTexts = 100_000

// lines are a record's lines as the ledger takes them.
func (t *keyTexts) lines(all iter.Seq[meter.Line]) (out []store.Line, err error) {
	for l := range all {
		text, ok := (*t)[l.Dimensions]
		if !ok {
			b, err := json.Marshal(&l.Dimensions)
			if err != nil {
				return nil, fmt.Errorf("cannot write the key of a line: %w", err)
			}
			if *t == nil || len(*t) >= maxTexts {
				*t = keyTexts{}
			}
			text = string(b)
			(*t)[l.Dimensions] = text
		}
		out = append(out, store.Line{Hour: int64(l.Hour), Key: text, Counters: store.Counters(l.Sums)})
	}
	return out, nil
}
