// Package inference is what all services that run models do alike: they read of a body which model it is for, make a call
// of the gateway, tell in headers what became of it, and relay its stream.
package inference

import (
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/chat"
	"github.com/outcrop/outcrop/internal/dialect"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/gateway"
	"github.com/outcrop/outcrop/internal/profile"
)

// Call makes the gateway's call for a body that names its model itself. Whoever speaks the dialect gets it as it is.
func Call(c *awswire.Call, operation string, h Head, d chat.Dialect, parse func(*profile.Target) (gateway.Ask, error)) *gateway.Call {
	return &gateway.Call{
		RequestID: c.RequestID, Principal: c.Principal, Origin: c.Origin(), Source: c.Region,
		Operation: operation, Identifier: h.Model, Arrived: c.Arrived, Stream: h.Stream,
		Native: &chat.Native{Dialect: d, Body: c.Body}, Parse: parse,
		Glance: func() gateway.Glimpse { return gateway.Glimpse{Tier: h.Tier} },
	}
}

// Envelope is what an answer says of the call.
func Envelope(c *awswire.Call, a *gateway.Answer) dialect.Envelope {
	return dialect.Envelope{
		Model: a.Target.Model.ID, Request: c.RequestID, Created: c.Arrived.Unix(), Caching: a.Ask().Chat.Caches(),
	}
}

// NotFound gives an error about an identifier that nobody knows the code ResourceNotFound: an invalid request for AWS, whose
// path it stands in, is a model that was not found in the APIs whose body it stands in. Other errors pass.
func NotFound(err error) error {
	if !profile.IsUnknown(err) {
		return err
	}
	return fault.Wrap(fault.ResourceNotFound, err, "%s", fault.Public(err).Message)
}
