package budget

import "math"

// lengths learns how long answers are, by model and application profile.
type lengths map[lengthKey]*length

type lengthKey struct{ model, application string }

// length is the mean of an answer's tokens and of its distance from that, both fading.
type length struct{ mean, spread float64 }

const (
	// firstLength is what an answer is thought to have before any was seen.
	firstLength = 1024
	// fade is the weight of the newest answer.
	fade = 1.0 / 16
	// spreads is how many spreads above the mean an answer is expected to stay: nine of ten do.
	spreads = 2
	// maxLengths bounds how many are remembered; beyond that all are learned anew.
	maxLengths = 10_000
)

// expect is how long an answer is likely to be at most.
func (l lengths) expect(k lengthKey) int64 {
	seen := l[k]
	if seen == nil {
		return firstLength
	}
	return max(1, int64(math.Ceil(seen.mean+spreads*seen.spread)))
}

// learn takes in the length of an answer that came to its end.
func (l lengths) learn(k lengthKey, tokens int64) {
	seen := l[k]
	if seen == nil {
		if len(l) >= maxLengths {
			clear(l)
		}
		l[k] = &length{float64(tokens), float64(tokens) / 2}
		return
	}
	miss := float64(tokens) - seen.mean
	seen.mean += fade * miss
	seen.spread += fade * (math.Abs(miss) - seen.spread)
}
