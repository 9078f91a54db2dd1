package config

import (
	"fmt"
	"time"

	"github.com/outcrop/outcrop/internal/journal"
	"github.com/outcrop/outcrop/internal/metering"
)

// Metering says how the usage of calls is recorded.
type Metering struct {
	// Fsync is how long a record may wait for the disk.
	Fsync Fsync `yaml:"fsync"`
	// SegmentSize is the size of one file of the journal.
	SegmentSize Size `yaml:"segment-size"`
	// MaxJournal bounds the journal; it grows while the store takes no records.
	MaxJournal Size `yaml:"max-journal"`
	// OnFailure is what happens to new calls while the journal is full or cannot be written.
	OnFailure metering.OnFailure `yaml:"on-failure"`
	// RetentionDays is how long usage records are kept; 0 is for ever. Their sums always are.
	RetentionDays int `yaml:"retention-days"`
}

// Fsync is the longest wait of a record for the disk. 0, written always, makes the call wait instead.
type Fsync time.Duration

const (
	fsyncAlways        = "always"
	minFsync, maxFsync = time.Millisecond, 10 * time.Second
)

// UnmarshalText reads "always", or a time such as 50ms.
func (f *Fsync) UnmarshalText(b []byte) error {
	if string(b) == fsyncAlways {
		*f = 0
		return nil
	}
	d, err := time.ParseDuration(string(b))
	if err != nil || d < minFsync || d > maxFsync {
		return fmt.Errorf("want always, or a time from %s to %s, found %q", minFsync, maxFsync, b)
	}
	*f = Fsync(d)
	return nil
}

func defaultMetering() Metering {
	return Metering{
		Fsync: Fsync(journal.DefaultInterval), SegmentSize: journal.DefaultSegmentBytes, MaxJournal: journal.DefaultMaxBytes,
		OnFailure: metering.Refuse, RetentionDays: 90,
	}
}

const (
	minSegment, maxSegment = Size(1 << 20), Size(2 << 30)
	maxJournal             = Size(1 << 50)
	maxRetentionDays       = 36_500
)

func (k checker) metering(m *Metering) {
	if m.SegmentSize < minSegment || m.SegmentSize > maxSegment {
		k.Fault("metering.segment-size", "want %s to %s, found %s", minSegment, maxSegment, m.SegmentSize)
	}
	if m.MaxJournal < 2*m.SegmentSize || m.MaxJournal > maxJournal {
		k.Fault("metering.max-journal", "want at least two segments, %s, and at most %s, found %s", 2*m.SegmentSize, maxJournal, m.MaxJournal)
	}
	k.oneOf("metering.on-failure", string(m.OnFailure), string(metering.Refuse), string(metering.Serve))
	k.within("metering.retention-days", m.RetentionDays, 0, maxRetentionDays)
}

// Options are what the journal is opened with, but for its directory.
func (m *Metering) Options() metering.Options {
	return metering.Options{
		Journal: journal.Options{
			Interval: time.Duration(m.Fsync), SegmentBytes: int64(m.SegmentSize), MaxBytes: int64(m.MaxJournal),
		},
		OnFailure: m.OnFailure, Every: metering.DefaultEvery,
		Retention: time.Duration(m.RetentionDays) * 24 * time.Hour,
	}
}
