package limiter

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/quota"
)

// messagesOperation is the call whose clients look for Anthropic's own headers.
const messagesOperation = "CreateMessage"

// Describe implements gateway.Reservation: it tells what was reserved, what is left of the tightest limits, and of a
// refusal, which quota it was.
func (r *reservation) Describe(h http.Header) {
	if r.hold.Limited() {
		set(h, "X-Outcrop-Reserved-Tokens", strconv.FormatInt(r.hold.Reserved, 10))
		if r.unset > 0 {
			set(h, "X-Outcrop-Unset-Max-Tokens", strconv.FormatInt(r.unset, 10))
		}
	}
	left := r.left()
	room(h, &left.Requests, &requestNames)
	room(h, &left.Tokens, &tokenNames)
	room(h, &left.DayTokens, &dayNames)
	if r.messages {
		now := time.Now()
		anthropicRoom(h, &left.Requests, &anthropicRequestNames, now)
		anthropicRoom(h, &left.Tokens, &anthropicTokenNames, now)
	}
	if r.refusal != nil {
		set(h, "X-Outcrop-Quota", strings.Map(printable, r.refusal.String()))
		if after := r.refusal.RetryAfter(); after > 0 {
			set(h, "Retry-After", strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10))
		}
	}
}

// printable keeps what a header may hold. Values of tags may be in any script.
func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

// names are the headers that tell of one measure: the limit, what remains, and when all of it is there again.
type names struct{ limit, remaining, reset string }

// OpenAI's names, and those that others have made of them, are used for every form of answer.
var (
	requestNames          = names{"X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"}
	tokenNames            = names{"X-Ratelimit-Limit-Tokens", "X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Reset-Tokens"}
	dayNames              = names{"X-Ratelimit-Limit-Tokens-Day", "X-Ratelimit-Remaining-Tokens-Day", "X-Ratelimit-Reset-Tokens-Day"}
	anthropicRequestNames = names{"Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"}
	anthropicTokenNames   = names{"Anthropic-Ratelimit-Tokens-Limit", "Anthropic-Ratelimit-Tokens-Remaining", "Anthropic-Ratelimit-Tokens-Reset"}
)

// room tells of one measure in OpenAI's form: the reset is a duration such as 6m0s or 59.5s.
func room(h http.Header, r *quota.Room, n *names) {
	if r.Limited {
		tell(h, r, n, ceil(r.Reset, time.Millisecond).String())
	}
}

// anthropicRoom tells of it in Anthropic's form: the reset is a time.
func anthropicRoom(h http.Header, r *quota.Room, n *names, now time.Time) {
	if r.Limited {
		tell(h, r, n, now.Add(r.Reset+time.Second-1).UTC().Format(time.RFC3339))
	}
}

// tell sets three headers in memory of one piece.
func tell(h http.Header, r *quota.Room, n *names, reset string) {
	values := []string{strconv.FormatInt(r.Limit, 10), strconv.FormatInt(r.Remaining, 10), reset}
	h[n.limit], h[n.remaining], h[n.reset] = values[0:1:1], values[1:2:2], values[2:3:3]
}

func ceil(d, unit time.Duration) time.Duration { return (d + unit - 1).Truncate(unit) }

// set is Header.Set for a name that is canonical already.
func set(h http.Header, name, value string) { h[name] = []string{value} }
