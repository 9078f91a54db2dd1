package openai

import (
	"context"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/profile"
	"github.com/outcrop/outcrop/internal/service/inference"
)

// listModels lists what these routes can call from the request's region.
func (s *server) listModels(_ context.Context, r *awswire.Request, w *awswire.Response) error {
	c := r.Call
	name(c)
	if err := r.Permit(nil); err != nil {
		return err
	}
	b := append(w.Buffer(), `{"object":"list","data":[`...)
	for id, t := range inference.Callable(s.snapshots.Snapshot(), c.Principal.Account, c.Region) {
		b = append(appendModel(b, id, t), ',')
	}
	return w.JSON(200, append(awswire.CloseArray(b), '}'))
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

// appendModel appends a model object. OpenAI's has no place for a name; clients pass over members they do not know.
func appendModel(b []byte, id string, t *profile.Target) []byte {
	title, created := inference.Title(t)
	b = awswire.AppendString(append(b, `{"id":`...), id)
	b = append(b, `,"object":"model","created":`...)
	b = awswire.AppendInt(b, max(created.Unix(), 0))
	b = awswire.AppendString(append(b, `,"owned_by":`...), t.Model.Provider)
	b = awswire.AppendString(append(b, `,"name":`...), title)
	return append(b, '}')
}
