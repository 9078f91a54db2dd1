//go:build !linux

package load

import "time"

// sleeper returns a sleep that may be a millisecond late.
func sleeper() func(time.Duration) { return time.Sleep }
