package main

import "runtime/debug"

// collectorPercent lets the heap grow to three times what is live before it is collected, where Go's
// default is twice. Most of what is live is the catalog, some 20 MB: collecting so little so often
// costs more processor time than the memory is worth (bench run). GOGC has the last word.
const collectorPercent = 200

// tuneCollector sets the collector, unless the environment does.
func tuneCollector(env func(string) (string, bool)) {
	if _, set := env("GOGC"); !set {
		debug.SetGCPercent(collectorPercent)
	}
}
