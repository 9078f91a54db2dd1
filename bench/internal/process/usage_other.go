//go:build !linux

package process

import (
	"errors"
	"time"
)

// errNoProc is why there are no figures.
var errNoProc = errors.New("the CPU time and memory of other processes are read from /proc, which only Linux has")

// CPU is the user and system time that the process has used.
func CPU(int) (time.Duration, error) { return 0, errNoProc }

// PeakMemory is the largest resident memory the process has had, in bytes.
func PeakMemory(int) (int64, error) { return 0, errNoProc }

// LoadAverage is how many programs wanted a core in the last minute, on average. It reports false
// where that is not known.
func LoadAverage() (float64, bool) { return 0, false }
