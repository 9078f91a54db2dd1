package costexplorer

import (
	"time"

	api "github.com/outcrop/outcrop/internal/awsapi/costexplorer"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/meter"
)

// The two forms of a time in requests and answers.
const (
	dayForm  = "2006-01-02"
	hourForm = "2006-01-02T15:04:05Z"
)

// interval is a stretch of time: start belongs to it, end does not.
type interval struct{ start, end time.Time }

// parseInterval reads a time period as a granularity wants it: days, or hours. A time within an hour stands for the
// whole hour.
func parseInterval(p *api.DateInterval, g api.Granularity) (interval, error) {
	start, err := parseTime("Start", p.Start, g)
	if err != nil {
		return interval{}, err
	}
	end, err := parseTime("End", p.End, g)
	if err != nil {
		return interval{}, err
	}
	i := interval{start.Truncate(time.Hour), end.Add(time.Hour - 1).Truncate(time.Hour)}
	if !i.start.Before(i.end) {
		return interval{}, invalid(startBehindEnd)
	}
	return i, nil
}

func parseTime(what, text string, g api.Granularity) (time.Time, error) {
	form, shown := dayForm, "yyyy-MM-dd"
	if g == api.GranularityHourly {
		form, shown = hourForm, "yyyy-MM-dd'T'HH:mm:ss'Z'"
	}
	t, err := time.Parse(form, text)
	if err != nil {
		return t, invalid("%s time %s is invalid. Valid format is: %s.", what, text, shown)
	}
	return t, nil
}

// past checks that an interval lies where usage can have been. months is how many whole months before the running one
// may be asked for, 0 for all.
func (i interval) past(now time.Time, months int) error {
	month := monthOf(now)
	switch {
	case i.end.After(month.AddDate(0, 1, 0)):
		return invalid(endTooLate)
	case i.start.After(now):
		return invalid(startTooLate)
	case months > 0 && i.start.Before(month.AddDate(0, -months, 0)):
		return invalid(beyondHistory)
	}
	return nil
}

// monthOf is the beginning of the month that t is in.
func monthOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// dayOf is the beginning of the day that t is in.
func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// billOpen is how long after its month a bill can still change.
const billOpen = 5 * 24 * time.Hour

// open reports whether the bill of the month that t is in can still change.
func open(t, now time.Time) bool { return now.Before(monthOf(t).AddDate(0, 1, 0).Add(billOpen)) }

// maxPeriods is more hours than ten years have.
const maxPeriods = 100_000

// periods cuts an interval into hours, days or months. The first and the last month may be parts of one.
func (i interval) periods(g api.Granularity) ([]interval, error) {
	list := make([]interval, 0, 32)
	for at := i.start; at.Before(i.end); {
		if len(list) == maxPeriods {
			return nil, fault.New(fault.LimitExceeded, "The time period has more than %d %s periods. Ask for a shorter one.", maxPeriods, g)
		}
		next := at.Add(time.Hour)
		switch g {
		case api.GranularityDaily:
			next = at.AddDate(0, 0, 1)
		case api.GranularityMonthly:
			next = monthOf(at).AddDate(0, 1, 0)
		}
		if next.After(i.end) {
			next = i.end
		}
		list = append(list, interval{at, next})
		at = next
	}
	return list, nil
}

// wire is the interval as answers show it.
func (i interval) wire(g api.Granularity) *api.DateInterval {
	form := dayForm
	if g == api.GranularityHourly {
		form = hourForm
	}
	return &api.DateInterval{Start: i.start.Format(form), End: i.end.Format(form)}
}

// hours are the first hour of the interval, and the first behind it.
func (i interval) hours() (from, to int64) {
	return int64(meter.HourOf(i.start)), int64(meter.HourOf(i.end))
}
