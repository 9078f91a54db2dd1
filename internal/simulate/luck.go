package simulate

import "math"

// luck is what chance decides for one attempt. It depends on the seed, the call and the place alone, so that variants
// which are compared differ in nothing but their decisions.
type luck uint64

// draw makes the luck of a call's attempt at a place.
func draw(seed uint64, call, place int) luck {
	return luck(scramble(scramble(scramble(seed)+uint64(call)) + uint64(place)))
}

// scramble is the step of SplitMix64: every bit of the result depends on every bit of v.
func scramble(v uint64) uint64 {
	v += 0x9e3779b97f4a7c15
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

// next is another draw of the same luck.
func (l luck) next() luck { return luck(scramble(uint64(l))) }

// share is from 0 up to, and never, 1.
func (l luck) share() float64 { return float64(l>>11) / (1 << 53) }

// normal is a number of the standard normal distribution, by the method of Box and Muller.
func (l luck) normal() float64 {
	radius := math.Sqrt(-2 * math.Log(1-l.share()))
	return radius * math.Cos(2*math.Pi*l.next().share())
}
