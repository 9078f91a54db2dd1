package invocationlog

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/identity"
)

// call is what is kept of one call until it is written.
type call struct {
	config    *Config
	requestID string
	operation string
	principal identity.Principal
	source    arn.Region
	arrived   time.Time
	path      string // as the client sent it
	metadata  string // of the header for it

	input       []byte // nil when no body is logged
	inputType   string
	answer      *capture // nil when no body is logged
	errorCode   string
	record      *gateway.Record // nil when the call never got as far
	queuedBytes int64
}

// logged are the operations that run models. Counting tokens runs none.
func logged(operation string) bool {
	switch operation {
	case "Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream",
		"CreateChatCompletion", "CreateResponse", "CreateMessage":
		return true
	}
	return false
}

// metadataHeader carries the request metadata of InvokeModel, as JSON.
const metadataHeader = "X-Amzn-Bedrock-Request-Metadata"

// Begin is called for every request once its operation is known. Where the caller's account has its calls logged in this
// region it returns the writer to answer with, and what to call when the answer has ended; else w and nil.
func (l *Log) Begin(w http.ResponseWriter, c *awswire.Call, operation string) (http.ResponseWriter, func(awswire.Outcome)) {
	config := l.config(c.Principal.Account, c.Region)
	if config == nil || !logged(operation) {
		return w, nil
	}
	k := &call{
		config: config, requestID: c.RequestID, operation: operation, principal: c.Principal, source: c.Region,
		arrived: c.Arrived, path: awswire.RawPath(c.Request), metadata: c.Request.Header.Get(metadataHeader),
	}
	if config.bodies() {
		k.input, k.inputType = c.Body, c.Request.Header.Get("Content-Type")
		k.answer = &capture{ResponseWriter: w}
		w = k.answer
	}
	l.running.Store(k.requestID, k)
	return w, func(out awswire.Outcome) { l.end(k, out) }
}

// Settled is the gateway's word on what a call came to.
func (l *Log) Settled(r *gateway.Record) {
	if len(*l.configs.Load()) == 0 {
		return
	}
	if k, ok := l.running.Load(r.RequestID); ok {
		k.(*call).record = r
	}
}

// end hands a call over to be written, unless too much waits already.
func (l *Log) end(k *call, out awswire.Outcome) {
	l.running.Delete(k.requestID)
	k.errorCode = k.failure(out.Err)
	if k.answer != nil {
		k.answer.ResponseWriter = nil // it is the server's again
	}
	k.queuedBytes = k.size()
	if l.queued.Add(k.queuedBytes) > l.opt.Queue {
		l.drop(k)
		return
	}
	select {
	case l.queue <- k:
		l.metrics.waiting.Set(float64(l.queued.Load()))
	default:
		l.drop(k)
	}
}

func (l *Log) drop(k *call) {
	l.queued.Add(-k.queuedBytes)
	l.metrics.dropped.Inc()
}

// failure is AWS's name of what a call failed with. A client that left is no failure: the call ran, and is paid for.
func (k *call) failure(err error) string {
	if k.record != nil {
		if k.record.Failure != nil {
			err = k.record.Failure
		}
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code == fault.ClientGone {
			return ""
		}
	}
	return awswire.ErrorName(err)
}

// overhead is about what a call takes besides its bodies.
const overhead = 1 << 10

func (k *call) size() int64 {
	n := int64(overhead + cap(k.input))
	if k.answer != nil {
		n += int64(k.answer.buf.Cap())
	}
	return n
}

// identifier is the model or profile as the caller wrote it: of a call that failed early, what stands in its path.
func (k *call) identifier() string {
	if k.record != nil {
		return k.record.Identifier
	}
	rest, ok := strings.CutPrefix(k.path, "/model/")
	if !ok {
		return ""
	}
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		rest = rest[:i]
	}
	if id, err := url.PathUnescape(rest); err == nil {
		return id
	}
	return rest
}
