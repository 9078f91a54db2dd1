package catalog

import "fmt"

// Class is what is counted and priced on its own.
type Class uint8

// The classes. Input is what no cache had. CacheWrite5m is a write of the usual lifetime: five minutes, or thirty where
// the model's caches live that long.
const (
	Input Class = iota
	Output
	CacheRead
	CacheWrite5m
	CacheWrite1h
	Images        // made, not read
	SearchQueries // of a reranker, each of up to 100 chunks
	Classes       = iota
)

var classNames = [Classes]string{
	"input", "output", "cache-read", "cache-write-5m", "cache-write-1h", "image", "query",
}

func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// MarshalText is the class's name.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a class's name.
func (c *Class) UnmarshalText(b []byte) error {
	for i, name := range classNames {
		if name == string(b) {
			*c = Class(i)
			return nil
		}
	}
	return fmt.Errorf("no class of usage is named %q", b)
}

// Tier is the service tier a call ran in.
type Tier uint8

// The tiers.
const (
	Standard Tier = iota
	Priority
	Flex
	Batch
	Ultrafast
	tiers = iota
)

var tierNames = [tiers]string{"standard", "priority", "flex", "batch", "ultrafast"}

func (t Tier) String() string {
	if int(t) < len(tierNames) {
		return tierNames[t]
	}
	return fmt.Sprintf("tier %d", uint8(t))
}

// ParseTier reads a tier as price rows and requests name it: nothing and "default" are the standard one.
func ParseTier(text string) (Tier, bool) {
	if text == "" || text == "default" {
		return Standard, true
	}
	for t, name := range tierNames {
		if name == text {
			return Tier(t), true
		}
	}
	return 0, false
}

// MarshalText is the tier's name.
func (t Tier) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText is ParseTier.
func (t *Tier) UnmarshalText(b []byte) error {
	parsed, ok := ParseTier(string(b))
	if !ok {
		return fmt.Errorf("want standard, priority, flex, batch or ultrafast, found %q", b)
	}
	*t = parsed
	return nil
}
