package awswire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func appendEvent(dst []byte, name, payload string, padding int) []byte {
	start := len(dst)
	dst = OpenFrame(dst, EventHeaders(name))
	return CloseEvent(append(dst, payload...), start, padding)
}

func TestTheSDKReadsOurFrames(t *testing.T) {
	var stream []byte
	stream = appendEvent(stream, "messageStart", `{"role":"assistant"}`, 3)
	stream = appendEvent(stream, "contentBlockDelta", `{}`, MaxPadding)
	stream = StreamExceptions{"throttlingException"}.AppendFrame(stream, errThrottled)

	type message struct{ Headers, Payload string }
	var got []message
	dec, r := eventstream.NewDecoder(), bytes.NewReader(stream)
	for {
		m, err := dec.Decode(r, nil)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var headers []string
		for _, h := range m.Headers {
			headers = append(headers, h.Name+"="+h.Value.String())
		}
		got = append(got, message{strings.Join(headers, " "), string(m.Payload)})
	}
	want := []message{
		{":event-type=messageStart :content-type=application/json :message-type=event", `{"role":"assistant","p":"abc"}`},
		{":event-type=contentBlockDelta :content-type=application/json :message-type=event", `{"p":"` + padding + `"}`},
		{":exception-type=throttlingException :content-type=application/json :message-type=exception", `{"message":"slow down"}`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// sdkFrame encodes a message with the SDK, the independent side of these tests.
func sdkFrame(t interface{ Fatal(...any) }, m eventstream.Message) []byte {
	var b bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWeReadTheSDKsFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m eventstream.Message
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`:?[a-z-]{1,20}`), 0, 5, rapid.ID).Draw(t, "names")
		want := map[string]string{}
		for _, name := range names {
			want[name] = rapid.String().Draw(t, "value")
			m.Headers.Set(name, eventstream.StringValue(want[name]))
		}
		m.Payload = rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
		stream := append(sdkFrame(t, m), sdkFrame(t, m)...)
		r := NewFrameReader(iotest.OneByteReader(bytes.NewReader(stream)))
		for range 2 {
			f, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(f.Payload, m.Payload) || len(f.Headers) != len(want) {
				t.Fatalf("got %+v", f)
			}
			for name, value := range want {
				if got := f.Get(name); got != value {
					t.Fatalf("header %s is %q, want %q", name, got, value)
				}
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatalf("at the end: %v", err)
		}
	})
}

func TestFrameReaderTakesEveryHeaderType(t *testing.T) {
	var m eventstream.Message
	m.Headers.Set("on", eventstream.BoolValue(true))
	m.Headers.Set("off", eventstream.BoolValue(false))
	m.Headers.Set("byte", eventstream.Int8Value(1))
	m.Headers.Set("short", eventstream.Int16Value(2))
	m.Headers.Set("int", eventstream.Int32Value(3))
	m.Headers.Set("long", eventstream.Int64Value(4))
	m.Headers.Set("bytes", eventstream.BytesValue("ab"))
	m.Headers.Set(":event-type", eventstream.StringValue("chunk"))
	m.Headers.Set("uuid", eventstream.UUIDValue{15: 9})
	f, err := NewFrameReader(bytes.NewReader(sdkFrame(t, m))).Next()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range f.Headers {
		got = append(got, h.Name)
	}
	if diff := cmp.Diff([]string{"on", "off", "byte", "short", "int", "long", "bytes", ":event-type", "uuid"}, got); diff != "" {
		t.Error(diff)
	}
	if f.Event() != "chunk" || f.Exception() != "" || f.Get("bytes") != "" {
		t.Errorf("event %q, exception %q, bytes as text %q", f.Event(), f.Exception(), f.Get("bytes"))
	}
}

// seal gives a message of any bytes correct lengths and checksums.
func seal(headers, payload []byte) []byte {
	b := OpenFrame(nil, FrameHeaders(headers))
	return CloseFrame(append(b, payload...), 0)
}

// prelude makes a prelude that announces lengths, with a correct checksum.
func prelude(total, headers uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, total)
	b = binary.BigEndian.AppendUint32(b, headers)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func TestFrameReaderRefuses(t *testing.T) {
	whole := appendEvent(nil, "messageStart", `{"role":"assistant"}`, 3)
	flip := func(i int) []byte {
		b := bytes.Clone(whole)
		b[i] ^= 1
		return b
	}
	for name, test := range map[string]struct {
		stream []byte
		want   error
	}{
		"nothing":                     {nil, io.EOF},
		"half a prelude":              {whole[:7], io.ErrUnexpectedEOF},
		"a prelude alone":             {whole[:12], io.ErrUnexpectedEOF},
		"all but one byte":            {whole[:len(whole)-1], io.ErrUnexpectedEOF},
		"changed length":              {flip(3), ErrFrame},
		"changed header length":       {flip(7), ErrFrame},
		"changed prelude checksum":    {flip(9), ErrFrame},
		"changed header":              {flip(15), ErrFrame},
		"changed payload":             {flip(len(whole) - 8), ErrFrame},
		"changed checksum":            {flip(len(whole) - 1), ErrFrame},
		"length under the minimum":    {prelude(15, 0), ErrFrame},
		"headers longer than message": {prelude(40, 30), ErrFrame},
		"headers over their bound":    {prelude(maxFrameHeaders+100, maxFrameHeaders+1), ErrFrame},
		"payload over its bound":      {prelude(maxFramePayload+frameMinimum+1, 0), ErrFrame},
		"lengths that overflow":       {prelude(20, 0xfffffff8), ErrFrame},
		"announced but not sent":      {prelude(maxFramePayload, 0), io.ErrUnexpectedEOF},
		"empty header name":           {seal([]byte{0, 7, 0, 0}, nil), ErrFrame},
		"header name cut off":         {seal([]byte{5, 'a'}, nil), ErrFrame},
		"header without a type":       {seal([]byte{1, 'a'}, nil), ErrFrame},
		"unknown header type":         {seal([]byte{1, 'a', 10}, nil), ErrFrame},
		"string length cut off":       {seal([]byte{1, 'a', 7, 0}, nil), ErrFrame},
		"string cut off":              {seal([]byte{1, 'a', 7, 0, 2, 'x'}, nil), ErrFrame},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := NewFrameReader(bytes.NewReader(test.stream)).Next()
			if !errors.Is(err, test.want) {
				t.Errorf("got %+v, %v; want %v", f, err, test.want)
			}
		})
	}
}

func FuzzFrameReader(f *testing.F) {
	f.Add(appendEvent(nil, "chunk", `{"bytes":"AAEC"}`, 0))
	f.Add(appendEvent(appendEvent(nil, "messageStart", `{}`, 5), "messageStop", `{"stopReason":"end_turn"}`, 62))
	f.Add(seal([]byte{1, 'a', 9, 1, 2}, []byte("x")))
	f.Add(prelude(1<<24, 0))
	f.Fuzz(func(t *testing.T, stream []byte) {
		ours, theirs := NewFrameReader(bytes.NewReader(stream)), bytes.NewReader(stream)
		dec := eventstream.NewDecoder()
		for {
			f, err := ours.Next()
			if err != nil {
				return // the SDK is laxer about lengths, so only what we take is compared
			}
			m, err := dec.Decode(theirs, nil)
			if err != nil {
				t.Fatalf("we read %+v, the SDK refuses: %v", f, err)
			}
			if !bytes.Equal(m.Payload, f.Payload) || len(f.Headers) < len(m.Headers) {
				t.Fatalf("we read %+v, the SDK %+v", f, m)
			}
		}
	})
}
