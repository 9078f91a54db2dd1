package server

import (
	"io"
	"net/http"
)

// operator answers the paths that are not AWS's: health and metrics. They need no signature. It
// reports false for every other path.
func (s *Server) operator(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case "/livez", "/healthz":
		plain(w, http.StatusOK, "ok\n")
	case "/readyz":
		s.ready(w)
	case "/metrics":
		s.metrics.ServeHTTP(w, r)
	default:
		return false
	}
	return true
}

// ready says in words whether new calls are taken.
func (s *Server) ready(w http.ResponseWriter) {
	if s.draining.Load() {
		plain(w, http.StatusServiceUnavailable, "draining: no new calls, running ones end\n")
		return
	}
	status, text := http.StatusOK, "ok\n"
	if s.opt.Ready != nil {
		notice, err := s.opt.Ready()
		if err != nil {
			status, text = http.StatusServiceUnavailable, err.Error()+"\n"
		}
		if notice != "" {
			text += notice + "\n"
		}
	}
	plain(w, status, text)
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, text) // a prober that left has nothing to be told
}
