package operator

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// base is where all routes of the API stand.
const base = "/outcrop/v1"

// NewService is the table of operations, in JSON both ways, with errors in the form of Bedrock's.
func NewService(o *Operator) *awswire.Service {
	ops := []awswire.Operation{
		{Name: "ListProfiles", Method: "GET", Path: base + "/profiles", Handle: o.listProfiles},
		{Name: "CreateProfile", Method: "POST", Path: base + "/profiles", Handle: o.createProfile},
		{Name: "GetProfile", Method: "GET", Path: base + "/profiles/{profile}", Handle: o.getProfile},
		{Name: "UpdateProfile", Method: "PUT", Path: base + "/profiles/{profile}", Handle: o.updateProfile},
		{Name: "DeleteProfile", Method: "DELETE", Path: base + "/profiles/{profile}", Handle: o.deleteProfile},
		{Name: "ListDrains", Method: "GET", Path: base + "/drains", Handle: o.listDrains},
		{Name: "DrainRegion", Method: "PUT", Path: base + "/drains/{region}", Handle: o.drainRegion},
		{Name: "UndrainRegion", Method: "DELETE", Path: base + "/drains/{region}", Handle: o.undrainRegion},
		{Name: "ListDeployments", Method: "GET", Path: base + "/deployments", Handle: o.listDeployments},
		{Name: "ListCalls", Method: "GET", Path: base + "/calls", Handle: o.listCalls},
		{Name: "ExplainCall", Method: "GET", Path: base + "/calls/{request}", Handle: o.explainCall},
	}
	for i := range ops {
		ops[i].Handle = o.forOperators(ops[i].Name, ops[i].Handle)
	}
	s := awswire.NewService("outcrop", awswire.RESTJSON{}, ops...)
	s.Under = []string{"/outcrop/"}
	return s
}

// forOperators lets principals of the management account do an operation that the service's guard permits them.
func (o *Operator) forOperators(name string, next awswire.Handler) awswire.Handler {
	return func(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
		if p := &r.Call.Principal; p.Account != o.opt.Management {
			return fault.New(fault.AccessDenied, "User: %s is not authorized to perform: outcrop:%s because only the management account may", p.ARN, name)
		}
		if err := r.Permit(nil); err != nil {
			return err
		}
		return next(ctx, r, w)
	}
}

func (o *Operator) listProfiles(_ context.Context, _ *awswire.Request, w *awswire.Response) error {
	return answer(w, struct {
		Profiles []Profile `json:"profiles"`
	}{o.Profiles()})
}

func (o *Operator) getProfile(_ context.Context, r *awswire.Request, w *awswire.Response) error {
	id := r.Label("profile")
	if err := r.Err(); err != nil {
		return err
	}
	p, err := o.Profile(id)
	return answered(w, p, err)
}

func (o *Operator) createProfile(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
	var p Profile
	if err := read(r, &p); err != nil {
		return err
	}
	made, err := o.Create(ctx, p)
	return answered(w, made, err)
}

func (o *Operator) updateProfile(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
	id := r.Label("profile")
	var p Profile
	if err := errors.Join(r.Err(), read(r, &p)); err != nil {
		return err
	}
	if p.ID != "" && p.ID != id {
		return fault.New(fault.Validation, "The body is of the profile %q, the path of %q.", p.ID, id)
	}
	p.ID = id
	made, err := o.Update(ctx, p)
	return answered(w, made, err)
}

func (o *Operator) deleteProfile(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
	id := r.Label("profile")
	if err := r.Err(); err != nil {
		return err
	}
	return answered(w, struct{}{}, o.Delete(ctx, id))
}

func (o *Operator) listDrains(_ context.Context, _ *awswire.Request, w *awswire.Response) error {
	return answer(w, struct {
		Drains []Drain `json:"drains"`
	}{o.Drains()})
}

func (o *Operator) drainRegion(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
	d := Drain{}
	if len(r.Payload()) > 0 {
		if err := read(r, &d); err != nil {
			return err
		}
	}
	d.Region, d.By = arn.Region(r.Label("region")), r.Call.Principal.ARN
	if profile, given := r.Query("profile"); given {
		d.Profile = profile
	}
	if err := r.Err(); err != nil {
		return err
	}
	made, err := o.Drain(ctx, d)
	return answered(w, made, err)
}

func (o *Operator) undrainRegion(ctx context.Context, r *awswire.Request, w *awswire.Response) error {
	region := arn.Region(r.Label("region"))
	profile, _ := r.Query("profile")
	if err := r.Err(); err != nil {
		return err
	}
	return answered(w, struct{}{}, o.Undrain(ctx, region, profile))
}

func (o *Operator) listDeployments(_ context.Context, r *awswire.Request, w *awswire.Response) error {
	all, _ := r.Query("all")
	model, _ := r.Query("model")
	if err := r.Err(); err != nil {
		return err
	}
	return answer(w, o.Deployments(all == "true", model))
}

func (o *Operator) explainCall(_ context.Context, r *awswire.Request, w *awswire.Response) error {
	id := r.Label("request")
	if err := r.Err(); err != nil {
		return err
	}
	e, ok := o.opt.History.Find(id)
	if !ok {
		return fault.New(fault.ResourceNotFound,
			"No call with the request id %s has ended among the last %d on this node (routing.explain).", id, o.opt.History.Size())
	}
	return answer(w, explained(&e))
}

// The most calls that ListCalls shows, and as many as it does by default.
const (
	maxCalls     = 1000
	defaultCalls = 20
)

func (o *Operator) listCalls(_ context.Context, r *awswire.Request, w *awswire.Response) error {
	most := defaultCalls
	if text, given := r.Query("limit"); given {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxCalls {
			return fault.New(fault.Validation, "limit must be 1 to %d, found %q.", maxCalls, text)
		}
		most = n
	}
	if err := r.Err(); err != nil {
		return err
	}
	last := o.opt.History.Last(most)
	out := struct {
		Calls []CallSummary `json:"calls"`
	}{make([]CallSummary, len(last))}
	for i := range last {
		out.Calls[i] = summary(&last[i])
	}
	return answer(w, out)
}

// read takes in a body, which must be one JSON object with known members only.
func read(r *awswire.Request, into any) error {
	err := json.UnmarshalRead(bytes.NewReader(r.Payload()), into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	if s, ok := errors.AsType[*json.SemanticError](err); ok && s.Err != nil {
		return fault.Wrap(fault.Validation, err, "The request body does not fit at %s: %v.", s.JSONPointer, s.Err)
	}
	return fault.Wrap(fault.Validation, err, "The request body must be a JSON object of this operation: %v.", err)
}

func answered(w *awswire.Response, value any, err error) error {
	if err != nil {
		return err
	}
	return answer(w, value)
}

func answer(w *awswire.Response, value any) error {
	body, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return err
	}
	return w.JSON(200, body)
}
