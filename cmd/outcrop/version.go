package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints one line: version, commit, Go and platform.
func (versionCommand) Run(p *process) error {
	_, err := fmt.Fprintf(p.stdout, "outcrop %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version is the module's version; of a build from a working tree, the commit and whether it was changed.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	return commit(info.Settings)
}

func commit(settings []debug.BuildSetting) string {
	revision, changed := "devel", ""
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			revision = "devel-" + s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "-changed"
		}
	}
	return revision + changed
}
