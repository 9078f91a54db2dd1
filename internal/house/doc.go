// Package house holds the tests of the tree itself: what every package, file and dependency here must keep to.
//
// It has no code of its own. Each rule is one test, named as a sentence, and each failure says what to do about it.
package house
