package bedrockruntime

import "net/http"

// set is Header.Set for a name that is canonical already.
func set(h http.Header, name, value string) { h[name] = []string{value} }
