package invocationlog

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// medium is what a value of a body carries besides text.
type medium uint8

const (
	none medium = iota
	image
	video
	audio
)

// delivered reports whether c wants such data.
func (c *Config) delivered(m medium) bool {
	return m == none || m == image && c.Image || m == video && c.Video || m == audio && c.Audio
}

// mediaMembers are the members that hold media in the bodies of Bedrock's APIs and of the families' own.
var mediaMembers = map[string]medium{
	"image": image, "images": image, "inputImage": image, "image_url": image, "input_image": image,
	"video": video, "audio": audio, "input_audio": audio,
}

// dataMembers hold a medium's bytes, in base64.
var dataMembers = map[string]bool{"bytes": true, "data": true, "b64_json": true}

// level is an array or object around a value.
type level struct {
	medium medium
	object bool
	name   string // of the member that comes next; "" when a name does
}

// cutMedia is body in one line, with data of media that c does not want replaced by empty strings. An error means that
// body is not JSON.
func (c *Config) cutMedia(body []byte) (jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(body), lenient)
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out, lenient)
	levels := []level{{}}
	for {
		t, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		if err := enc.WriteToken(c.cut(t, &levels)); err != nil {
			return nil, err
		}
		if len(levels) == 1 {
			return alone(dec, bytes.TrimSpace(out.Bytes()))
		}
	}
}

// alone returns v unless more follows it.
func alone(dec *jsontext.Decoder, v jsontext.Value) (jsontext.Value, error) {
	_, err := dec.ReadToken()
	switch {
	case errors.Is(err, io.EOF):
		return v, nil
	case err == nil:
		err = errors.New("more than one JSON value")
	}
	return nil, err
}

// cut is what stands for a token in the log. It keeps levels in step.
func (c *Config) cut(t jsontext.Token, levels *[]level) jsontext.Token {
	top := &(*levels)[len(*levels)-1]
	name := top.name
	kind := t.Kind()
	if kind == '}' || kind == ']' {
		*levels = (*levels)[:len(*levels)-1]
		return t
	}
	if top.object && name == "" {
		top.name = t.String()
		return t
	}
	top.name = ""
	around := top.medium
	if m, ok := mediaMembers[name]; ok {
		around = m
	}
	switch kind {
	case '{', '[':
		*levels = append(*levels, level{medium: around, object: kind == '{'})
	case '"':
		return c.cutString(t, name, around, top)
	}
	return t
}

// cutString is what stands for a string in the log. A string may also say what the object around it is.
func (c *Config) cutString(t jsontext.Token, name string, around medium, top *level) jsontext.Token {
	s := t.String()
	switch name {
	case "type":
		if m, ok := mediaMembers[s]; ok {
			top.medium = m
		}
		return t
	case "media_type", "mediaType":
		top.medium = mimeMedium(s)
		return t
	}
	data := dataMembers[name] || mediaMembers[name] != none || name == "" // the last is an item of a list
	if url, ok := strings.CutPrefix(s, "data:"); ok {
		data, around = true, mimeMedium(url)
	}
	if data && !c.delivered(around) {
		return jsontext.String("")
	}
	return t
}

// mimeMedium is the medium of a MIME type.
func mimeMedium(s string) medium {
	family, _, _ := strings.Cut(s, "/")
	return mediaMembers[family]
}
