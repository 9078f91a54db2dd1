package costexplorer

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
)

// digest identifies a query, so that a page token works for the query that it came with and no other.
type digest [12]byte

// digestOf is made of everything that a query asks for, but its token, and of who asks.
func digestOf(operation string, caller arn.Account, request []byte) (d digest) {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(operation), []byte(caller), request} {
		h.Write(binary.AppendUvarint(nil, uint64(len(part))))
		h.Write(part)
	}
	copy(d[:], h.Sum(nil))
	return d
}

// position is where a page begins: at an entry of a list, or behind a group of it. It says what to continue behind and
// not how much was shown, since usage goes on between pages.
type position struct {
	index int
	after []string
}

// token is a position as callers get it.
func (d digest) token(p position) string {
	b := binary.AppendUvarint(d[:], uint64(p.index))
	for _, text := range p.after {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// resume reads a token back; none begins at the beginning.
func (d digest) resume(token *string) (p position, err error) {
	if token == nil {
		return p, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(*token)
	if err != nil || len(b) < len(d)+1 {
		return p, fault.New(fault.InvalidNextToken, tokenInvalid)
	}
	if !bytes.Equal(b[:len(d)], d[:]) {
		return p, fault.New(fault.RequestChanged, tokenForeign)
	}
	b = b[len(d):]
	index, n := binary.Uvarint(b)
	if n <= 0 || index > maxPeriods {
		return p, fault.New(fault.InvalidNextToken, tokenInvalid)
	}
	p.index = int(index)
	for b = b[n:]; len(b) > 0; {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return p, fault.New(fault.InvalidNextToken, tokenInvalid)
		}
		p.after = append(p.after, string(b[n:n+int(size)]))
		b = b[n+int(size):]
	}
	return p, nil
}
