package load

import (
	"runtime"
	"syscall"
	"time"
)

// sleeper returns a sleep that is exact to some microseconds. The runtime's timers round up to a
// millisecond when nothing else runs, so it sleeps in the kernel, on a thread whose timer slack is a
// nanosecond. The calling goroutine keeps that thread to itself until both end.
func sleeper() func(time.Duration) {
	runtime.LockOSThread()
	const prSetTimerSlack = 29
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetTimerSlack, 1, 0)
	return func(d time.Duration) {
		ts := syscall.NsecToTimespec(int64(d))
		_ = syscall.Nanosleep(&ts, nil) // the caller looks at the clock again
	}
}
