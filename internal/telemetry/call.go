package telemetry

import (
	"errors"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
)

// traced are the operations that run models.
func traced(operation string) bool {
	switch operation {
	case "Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream",
		"CreateChatCompletion", "CreateResponse", "CreateMessage":
		return true
	}
	return false
}

// Begin opens the span of a call, below the one its client names in the header traceparent, and makes it part of the
// request's context. The span ends with the answer.
func (t *Tracing) Begin(w http.ResponseWriter, c *awswire.Call, operation string) (http.ResponseWriter, func(awswire.Outcome)) {
	if !traced(operation) {
		return w, nil
	}
	ctx := t.incoming.Extract(c.Request.Context(), propagation.HeaderCarrier(c.Request.Header))
	ctx, span := t.tracer.Start(ctx, operation, trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(c.Arrived))
	c.Request = c.Request.WithContext(ctx)
	if !span.IsRecording() {
		return w, nil
	}
	span.SetAttributes(
		attribute.String(providerName, System), attribute.String(rpcSystem, "aws-api"),
		attribute.String(rpcService, "Bedrock Runtime"), attribute.String(rpcMethod, operation),
		attribute.String(requestID, c.RequestID), attribute.String(cloudRegion, string(c.Region)),
	)
	t.running.Store(c.RequestID, span)
	return w, func(out awswire.Outcome) {
		t.running.Delete(c.RequestID)
		finish(span, out)
	}
}

// finish ends the span of a call as a server's span ends: what the client did wrong is no error of the server.
func finish(span trace.Span, out awswire.Outcome) {
	span.SetAttributes(attribute.Int(statusCode, out.Status))
	if out.Err != nil {
		span.SetAttributes(attribute.String(errorType, failure(out)))
	}
	switch {
	case out.Status == 0:
		span.SetStatus(codes.Error, "the operation panicked")
	case out.Status >= http.StatusInternalServerError:
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// failure is AWS's name of what a call failed with. What is no fault of an answer that had begun is a client that left.
func failure(out awswire.Outcome) string {
	f, ok := errors.AsType[*fault.Error](out.Err)
	if out.Status < http.StatusBadRequest && (!ok || f.Code == fault.ClientGone) {
		return fault.ClientGone.String()
	}
	return awswire.ErrorName(out.Err)
}

// Settled tells the span of a call what it came to.
func (t *Tracing) Settled(r *gateway.Record) {
	found, ok := t.running.Load(r.RequestID)
	if !ok {
		return
	}
	span, operation := found.(trace.Span), chatting
	all := make([]attribute.KeyValue, 0, 16)
	if r.Target != nil {
		operation = Operation(r.Target.Model)
		all = append(all, attribute.String(responseModel, r.Target.Model.ID))
		if p := profileOf(r.Target); p != "" {
			all = append(all, attribute.String(profileID, p))
		}
	}
	span.SetName(operation + " " + r.Identifier)
	all = append(all,
		attribute.String(operationName, operation), attribute.String(requestModel, r.Identifier),
		attribute.String(routeTaken, r.Route), attribute.Int(attemptCount, r.Attempts),
	)
	if r.Region != "" {
		all = append(all, attribute.String(servedRegion, string(r.Region)), attribute.String(costUSD, r.Cost.String()))
		all = appendUsage(all, r.Usage)
	}
	if r.FirstContent > 0 {
		all = append(all, attribute.Bool(requestStream, true), attribute.Float64(responseFirst, r.FirstContent.Seconds()))
	}
	span.SetAttributes(all...)
}

// Operation is the word of the GenAI conventions for what a model does: the value of gen_ai.operation.name.
func Operation(m *catalog.Model) string {
	switch {
	case m.IsEmbedding():
		return embedding
	case len(m.Output) > 0 && m.Output[0] != catalog.Text:
		return generating
	}
	return chatting
}

// profileOf names the profile that was called, "" when the model was.
func profileOf(t *profile.Target) string {
	switch {
	case t.Application != nil:
		return t.Application.ID
	case t.System != nil:
		return t.System.ID
	}
	return ""
}

// appendUsage counts as the conventions do: cached tokens are part of the input.
func appendUsage(all []attribute.KeyValue, u chat.Usage) []attribute.KeyValue {
	all = append(all, attribute.Int64(usageInput, u.Input+u.CacheRead+u.CacheWrite()), attribute.Int64(usageOutput, u.Output))
	if u.CacheRead > 0 {
		all = append(all, attribute.Int64(usageCacheRead, u.CacheRead))
	}
	if n := u.CacheWrite(); n > 0 {
		all = append(all, attribute.Int64(usageCacheCreated, n))
	}
	return all
}
