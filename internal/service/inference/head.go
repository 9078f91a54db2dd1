package inference

import (
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/fault"
)

// Head is what must be known of a body before its model is: the members that OpenAI's and Anthropic's bodies have in
// common, and the one that decides how a stream of OpenAI's ends.
type Head struct {
	Model  string
	Stream bool
	Usage  bool   // stream_options.include_usage
	Tier   string // service_tier, when it is one of Bedrock's
}

// ReadHead reads the head of a body, which must be one JSON object with a model. What else it holds is passed over.
// Errors are *fault.Error with the codes Serialization and Validation.
func ReadHead(r *awswire.Request) (Head, error) {
	var h Head
	var models, streams int
	in := r.Body()
	for in.Object(); in.Member(); {
		switch string(in.Name()) {
		case "model":
			h.Model = in.String()
			models++
		case "stream":
			h.Stream = in.Bool()
			streams++
		case "service_tier":
			h.Tier = tierNamed(in.String())
		case "stream_options":
			for in.Object(); in.Member(); {
				if string(in.Name()) == "include_usage" {
					h.Usage = in.Bool()
				} else {
					in.Skip()
				}
			}
		default:
			in.Skip()
		}
	}
	switch err := r.Err(); {
	case err != nil:
		return Head{}, err
	case models > 1 || streams > 1: // whoever reads the body next may take the other one
		return Head{}, fault.New(fault.Validation, "The request body has the field model or the field stream twice.")
	case h.Model == "":
		return Head{}, fault.New(fault.Validation, "The request body must name a model: the field model is missing or empty.")
	}
	return h, nil
}

// tierNamed is the service tier of a name that Bedrock knows. OpenAI's and Anthropic's own words for no tier in
// particular are none.
func tierNamed(name string) string {
	switch name {
	case "default", "flex", "priority", "reserved":
		return name
	}
	return ""
}
