package meter

import "fmt"

// Outcome is how a call ended.
type Outcome uint8

// The outcomes. Refused and Failed cost nothing; the others cost what was produced.
const (
	Succeeded   Outcome = iota
	Left                // the client went away before the end of its answer, or the answer was cut there
	Interrupted         // the server stopped, and the record was closed by what had been relayed
	Failed              // the answer broke off or never began
	Refused             // before any deployment was tried
	outcomes    = iota
)

var outcomeNames = [outcomes]string{"succeeded", "left", "interrupted", "failed", "refused"}

func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("outcome %d", uint8(o))
}

// Billable reports whether what the call used is charged.
func (o Outcome) Billable() bool { return o <= Interrupted }

// MarshalText is the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads an outcome's name.
func (o *Outcome) UnmarshalText(b []byte) error {
	for i, name := range outcomeNames {
		if name == string(b) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("no outcome is named %q", b)
}
