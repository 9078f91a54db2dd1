package anthropic

import (
	"context"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// listModels lists what these routes can call from the request's region, all on one page.
func (s *server) listModels(_ context.Context, r *awswire.Request, w *awswire.Response) error {
	c := r.Call
	name(c)
	if err := r.Permit(nil); err != nil {
		return err
	}
	b := append(w.Buffer(), `{"data":[`...)
	first, last := "", ""
	for id, t := range inference.Callable(s.snapshots.Snapshot(), c.Principal.Account, c.Region) {
		b = append(appendModel(b, id, t), ',')
		if first == "" {
			first = id
		}
		last = id
	}
	b = append(awswire.CloseArray(b), `,"has_more":false,"first_id":`...)
	b = append(appendOptional(b, first), `,"last_id":`...)
	return w.JSON(200, append(appendOptional(b, last), '}'))
}

// retrieveModel shows what an identifier of any kind stands for.
func (s *server) retrieveModel(_ context.Context, r *awswire.Request, w *awswire.Response) error {
	name(r.Call)
	id, t, err := inference.Retrieve(r, s.snapshots.Snapshot())
	if err != nil {
		return err
	}
	return w.JSON(200, appendModel(w.Buffer(), id, t))
}

func appendModel(b []byte, id string, t *profile.Target) []byte {
	title, created := inference.Title(t)
	b = awswire.AppendString(append(b, `{"type":"model","id":`...), id)
	b = awswire.AppendString(append(b, `,"display_name":`...), title)
	if created.IsZero() {
		return append(b, `,"created_at":"1970-01-01T00:00:00Z"}`...) // which is how the API says that it does not know
	}
	return append(awswire.AppendTime(append(b, `,"created_at":`...), created), '}')
}

func appendOptional(b []byte, s string) []byte {
	if s == "" {
		return append(b, `null`...)
	}
	return awswire.AppendString(b, s)
}
