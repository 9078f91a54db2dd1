package telemetry

import (
	"context"
	"errors"
	"io"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/provider"
)

// Provider makes every attempt at p a span below the call's. name is the provider's in the configuration, system what the
// conventions call it.
func (t *Tracing) Provider(name, system string, p provider.Provider) provider.Provider {
	w := watched{Provider: p, tracer: t.tracer, name: name, system: system}
	if s, ok := p.(provider.Speaker); ok {
		return watchedSpeaker{w, s}
	}
	return w
}

// watched is a provider whose attempts are traced. Counting tokens is none.
type watched struct {
	provider.Provider
	tracer       trace.Tracer
	name, system string
}

// watchedSpeaker is watched for a provider that is a Speaker.
type watchedSpeaker struct {
	watched
	provider.Speaker
}

// Each method that both halves have is that of watched.

func (s watchedSpeaker) Chat(ctx context.Context, r *provider.Request) (*chat.Response, error) {
	return s.watched.Chat(ctx, r)
}

func (s watchedSpeaker) Stream(ctx context.Context, r *provider.Request) (provider.Stream, error) {
	return s.watched.Stream(ctx, r)
}

func (s watchedSpeaker) Embed(ctx context.Context, r *provider.EmbedRequest) (*chat.EmbedResponse, error) {
	return s.watched.Embed(ctx, r)
}

func (s watchedSpeaker) Rerank(ctx context.Context, r *provider.RerankRequest) (*chat.RerankResponse, error) {
	return s.watched.Rerank(ctx, r)
}

func (s watchedSpeaker) CountTokens(ctx context.Context, r *provider.Request) (int64, bool, error) {
	return s.watched.CountTokens(ctx, r)
}

// Chat implements provider.Provider.
func (w watched) Chat(ctx context.Context, r *provider.Request) (*chat.Response, error) {
	ctx, span := w.start(ctx, chatting, r.Region, r.Upstream)
	asked(span, r.Chat)
	out, err := w.Provider.Chat(ctx, r)
	if err == nil {
		span.SetAttributes(answered(out.Usage, out.Stop)...)
	}
	end(span, err)
	return out, err
}

// Embed implements provider.Provider.
func (w watched) Embed(ctx context.Context, r *provider.EmbedRequest) (*chat.EmbedResponse, error) {
	ctx, span := w.start(ctx, embedding, r.Region, r.Upstream)
	out, err := w.Provider.Embed(ctx, r)
	if err == nil {
		span.SetAttributes(appendUsage(nil, out.Usage)...)
	}
	end(span, err)
	return out, err
}

// Rerank implements provider.Provider.
func (w watched) Rerank(ctx context.Context, r *provider.RerankRequest) (*chat.RerankResponse, error) {
	ctx, span := w.start(ctx, reranking, r.Region, r.Upstream)
	out, err := w.Provider.Rerank(ctx, r)
	end(span, err)
	return out, err
}

// Stream implements provider.Provider. The span ends with the stream.
func (w watched) Stream(ctx context.Context, r *provider.Request) (provider.Stream, error) {
	began := time.Now()
	ctx, span := w.start(ctx, chatting, r.Region, r.Upstream)
	asked(span, r.Chat)
	span.SetAttributes(attribute.Bool(requestStream, true))
	in, err := w.Provider.Stream(ctx, r)
	if err != nil {
		end(span, err)
		return nil, err
	}
	if !span.IsRecording() {
		return in, nil
	}
	return &stream{Stream: in, span: span, began: began}, nil
}

// start opens the span of an attempt.
func (w watched) start(ctx context.Context, operation string, region arn.Region, model string) (context.Context, trace.Span) {
	return w.tracer.Start(ctx, operation+" "+model, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String(operationName, operation), attribute.String(providerName, w.system), attribute.String(providedBy, w.name),
		attribute.String(requestModel, model), attribute.String(cloudRegion, string(region)),
	))
}

// asked notes the parameters of a request, where it was read.
func asked(span trace.Span, r *chat.Request) {
	if r == nil || !span.IsRecording() {
		return
	}
	i := &r.Inference
	if i.MaxTokens != nil {
		span.SetAttributes(attribute.Int(requestMaxTokens, *i.MaxTokens))
	}
	if i.Temperature != nil {
		span.SetAttributes(attribute.Float64(requestTemp, *i.Temperature))
	}
	if i.TopP != nil {
		span.SetAttributes(attribute.Float64(requestTopP, *i.TopP))
	}
	if i.TopK != nil {
		span.SetAttributes(attribute.Int(requestTopK, *i.TopK))
	}
	if len(i.Stop) > 0 {
		span.SetAttributes(attribute.StringSlice(requestStop, i.Stop))
	}
}

func answered(u chat.Usage, stop chat.StopReason) []attribute.KeyValue {
	all := appendUsage(nil, u)
	if stop != "" {
		all = append(all, attribute.StringSlice(responseFinish, []string{string(stop)}))
	}
	return all
}

// end ends the span of an attempt as a client's span ends. The provider's own words may hold what a caller said, so only
// the error's name is told.
func end(span trace.Span, err error) {
	if err != nil {
		name := awswire.ErrorName(err)
		span.SetAttributes(attribute.String(errorType, name))
		span.SetStatus(codes.Error, name)
	}
	span.End()
}

// stream ends its span when it has given its last event, or is closed before.
type stream struct {
	provider.Stream
	span  trace.Span
	began time.Time
	first bool // content has been seen
	stop  chat.StopReason
}

// Next implements provider.Stream.
func (s *stream) Next() (*chat.Event, error) {
	e, err := s.Stream.Next()
	switch {
	case errors.Is(err, io.EOF):
		s.span.End()
	case err != nil:
		end(s.span, err)
	case e.Kind == chat.MessageStop:
		s.stop = e.Stop
	case e.Kind == chat.Metadata:
		s.span.SetAttributes(answered(e.Usage, s.stop)...)
	case !s.first && e.IsContent():
		s.first = true
		s.span.SetAttributes(attribute.Float64(responseFirst, time.Since(s.began).Seconds()))
	}
	return e, err
}

// Close implements provider.Stream.
func (s *stream) Close() error {
	s.span.End() // a second end has no effect
	return s.Stream.Close()
}
