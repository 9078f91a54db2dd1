package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes, written plainly or with a unit: 25MB (25 000 000), 25MiB (26 214 400).
type Size int64

// units in the order String tries them.
var units = [...]struct {
	name  string
	bytes int64
}{
	{"GiB", 1 << 30},
	{"GB", 1e9},
	{"MiB", 1 << 20},
	{"MB", 1e6},
	{"KiB", 1 << 10},
	{"kB", 1e3},
	{"B", 1},
}

// UnmarshalText reads digits, with a fraction or not, and a unit in either case.
func (s *Size) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	scale := int64(1)
	if unit := strings.TrimSpace(text[len(digits):]); unit != "" {
		scale = 0
		for _, u := range units {
			if strings.EqualFold(u.name, unit) {
				scale = u.bytes
			}
		}
	}
	n, err := strconv.ParseFloat(digits, 64)
	if bytes := n * float64(scale); err == nil && scale > 0 && n >= 0 && bytes < math.MaxInt64 && bytes == math.Trunc(bytes) {
		*s = Size(bytes)
		return nil
	}
	return fmt.Errorf("want a size such as 25MB, 25MiB or a number of bytes, found %q", text)
}

// String uses the largest unit that divides s.
func (s Size) String() string {
	for _, u := range units {
		if int64(s) >= u.bytes && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}
