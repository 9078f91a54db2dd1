package simulator

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// says makes answers that are told apart by their text.
func says(texts ...string) (answers []Answer) {
	for _, text := range texts {
		answers = append(answers, Answer{Text: text})
	}
	return answers
}

// run decides so many calls that all rules match, and joins what they say: "-" for no rule, "!" for
// one that refuses.
func run(rules []Rule, seed uint64, calls int) string {
	state := make([]history, len(rules))
	all := make([]int, len(rules))
	for i := range all {
		all[i] = i
	}
	var out []string
	for range calls {
		var v verdict
		v, state = decide(rules, seed, state, all)
		switch {
		case v.rule == nil:
			out = append(out, "-")
		case v.answer == nil:
			out = append(out, "!")
		default:
			out = append(out, fmt.Sprint(v.answer.Text, v.n))
		}
	}
	return strings.Join(out, " ")
}

func TestDecide(t *testing.T) {
	a := &Answer{Text: "a"}
	rest := Rule{Answer: &Answer{Text: "rest"}}
	for _, test := range []struct {
		name  string
		rules []Rule
		want  string
	}{
		{"no rules", nil, "- - - - - -"},
		{"the first wins", []Rule{{Answer: a}, rest}, "a1 a2 a3 a4 a5 a6"},
		{"times", []Rule{{Answer: a, Times: 2}}, "a1 a2 - - - -"},
		{"times, then the next rule", []Rule{{Answer: a, Times: 2}, rest}, "a1 a2 rest1 rest2 rest3 rest4"},
		{"every third", []Rule{{Answer: a, Every: 3}, rest}, "rest1 rest2 a1 rest3 rest4 a2"},
		{"every other, twice", []Rule{{Answer: a, Every: 2, Times: 2}}, "- a1 - a2 - -"},
		{"a list ends with its last", []Rule{{Answers: says("a", "b")}}, "a1 b2 b3 b4 b5 b6"},
		{"or says so", []Rule{{Answers: says("a", "b"), Then: Last}}, "a1 b2 b3 b4 b5 b6"},
		{"or begins anew", []Rule{{Answers: says("a", "b", "c"), Then: Repeat}}, "a1 b2 c3 a4 b5 c6"},
		{"or fails", []Rule{{Answers: says("a", "b"), Then: Fail}, rest}, "a1 b2 ! ! ! !"},
		{"or passes", []Rule{{Answers: says("a", "b"), Then: Pass}, rest}, "a1 b2 rest1 rest2 rest3 rest4"},
		{"a rule that passed over a call has not counted it as given", []Rule{{Answers: says("a"), Then: Pass}, {Answers: says("b", "c"), Then: Pass}}, "a1 b1 c2 - - -"},
		{"a rule behind does not see what the first answers", []Rule{{Answer: a, Times: 3}, {Answer: &Answer{Text: "b"}, Every: 2}}, "a1 a2 a3 - b1 -"},
		{"certain", []Rule{{Answer: a, Chance: 1}}, "a1 a2 a3 a4 a5 a6"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := run(test.rules, 0, 6); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestChance(t *testing.T) {
	rules := []Rule{{Answer: &Answer{Text: "x"}, Chance: 0.25}, {Answer: &Answer{Text: "y"}, Chance: 0.5}}
	got := run(rules, 1, 1000)
	if got != run(rules, 1, 1000) {
		t.Error("the same seed decides otherwise")
	}
	if got == run(rules, 2, 1000) {
		t.Error("another seed decides the same")
	}
	if x, y := strings.Count(got, "x"), strings.Count(got, "y"); x < 200 || x > 300 || y < 320 || y > 430 {
		t.Errorf("%d and %d of 1000 calls, want about 250 and 375: the rules draw lots of their own", x, y)
	}
}

// TestDecideIsAFunction draws scripts and histories: the same ones give the same answers, whatever was
// decided is among what the script holds, and neither script nor history is changed.
func TestDecideIsAFunction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(anyRule), 0, 5).Draw(t, "rules")
		seed := rapid.Uint64().Draw(t, "seed")
		state, again := make([]history, len(rules)), make([]history, len(rules))
		for range rapid.IntRange(1, 40).Draw(t, "calls") {
			var matching []int
			for i := range rules {
				if rapid.Bool().Draw(t, "matches") {
					matching = append(matching, i)
				}
			}
			before := append([]history(nil), state...)
			v, next := decide(rules, seed, state, matching)
			if diff := cmp.Diff(before, append([]history(nil), state...), cmp.AllowUnexported(history{})); diff != "" {
				t.Fatalf("the history was changed (-before +after):\n%s", diff)
			}
			w, nextAgain := decide(rules, seed, again, matching)
			if v.answer != w.answer || v.n != w.n || v.rule != w.rule {
				t.Fatalf("decided %+v, then %+v", v, w)
			}
			answered := 0
			for i := range rules {
				r, was, is := &rules[i], state[i], next[i]
				answered += int(is.given - was.given)
				if is.matched-was.matched > 1 || is.given > is.matched || r.Times > 0 && is.given > r.Times {
					t.Fatalf("rule %d went from %+v to %+v", i, was, is)
				}
			}
			if answered > 1 || (answered == 1) != (v.rule != nil) {
				t.Fatalf("%d rules answered one call, the verdict is %+v", answered, v)
			}
			state, again = next, nextAgain
		}
	})
}

func anyRule(t *rapid.T) Rule {
	r := Rule{
		Every:  rapid.Int64Range(0, 3).Draw(t, "every"),
		Times:  rapid.Int64Range(0, 4).Draw(t, "times"),
		Chance: rapid.SampledFrom([]float64{0, 0, 0.1, 0.5, 1}).Draw(t, "chance"),
	}
	if rapid.Bool().Draw(t, "single") {
		r.Answer = &Answer{Text: "a"}
		return r
	}
	r.Answers = says([]string{"a", "b", "c", "d"}[:rapid.IntRange(1, 4).Draw(t, "answers")]...)
	r.Then = rapid.SampledFrom([]Then{"", Last, Repeat, Fail, Pass}).Draw(t, "then")
	return r
}
