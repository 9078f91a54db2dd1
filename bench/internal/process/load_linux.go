package process

import (
	"fmt"
	"os"
)

// LoadAverage is how many programs wanted a core in the last minute, on average. It reports false
// where that is not known.
func LoadAverage() (load float64, ok bool) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0, false
	}
	_, err = fmt.Sscan(string(text), &load)
	return load, err == nil
}
