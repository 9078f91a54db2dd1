package identity

import "net/netip"

// Origin is where a request came from, as far as policies ask.
type Origin struct {
	Address   netip.Addr // of the connection's other end; invalid when there is none
	UserAgent string
	Secure    bool // the connection is encrypted
}
