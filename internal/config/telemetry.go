package config

import (
	"time"

	"github.com/outcrop/outcrop/internal/invocationlog"
)

// InvocationLogs says how the files of model invocation logs are written. What is logged, and whether, is set through the
// API.
type InvocationLogs struct {
	Flush     time.Duration `yaml:"flush"`      // the longest a record waits in memory
	Queue     Size          `yaml:"queue"`      // of calls that wait to be written; more are dropped
	FileSize  Size          `yaml:"file-size"`  // of one file of a log group
	KeepFiles int           `yaml:"keep-files"` // full ones of a log group; 0: all
}

func defaultInvocationLogs() InvocationLogs {
	return InvocationLogs{
		Flush: invocationlog.DefaultFlush, Queue: invocationlog.DefaultQueue,
		FileSize: invocationlog.DefaultFileSize, KeepFiles: invocationlog.DefaultKeepFiles,
	}
}

const (
	minFlush, maxFlush = 100 * time.Millisecond, time.Hour
	minQueue, maxQueue = Size(1 << 20), Size(1 << 40)
	maxKeepFiles       = 1_000_000
)

func (k checker) invocationLogs(l *InvocationLogs) {
	if l.Flush < minFlush || l.Flush > maxFlush {
		k.Fault("invocation-logs.flush", "want %s to %s, found %s", plain(minFlush), plain(maxFlush), plain(l.Flush))
	}
	k.size("invocation-logs.queue", l.Queue)
	k.size("invocation-logs.file-size", l.FileSize)
	k.within("invocation-logs.keep-files", l.KeepFiles, 0, maxKeepFiles)
}

func (k checker) size(path string, s Size) {
	if s < minQueue || s > maxQueue {
		k.Fault(path, "want %s to %s, found %s", minQueue, maxQueue, s)
	}
}

// Options are what the logs are opened with, but for where they are.
func (l *InvocationLogs) Options() invocationlog.Options {
	return invocationlog.Options{Flush: l.Flush, Queue: int64(l.Queue), FileSize: int64(l.FileSize), KeepFiles: l.KeepFiles}
}
