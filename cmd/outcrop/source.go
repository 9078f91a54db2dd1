package main

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/outcrop/outcrop/internal/config"
)

// source is where a server's configuration comes from.
type source struct {
	file string // empty: there is none, and nothing to watch
	load func() (*config.Config, error)
	// begun is the file as it was before it was first read, so that a change while a server starts is not missed.
	begun stamp
}

func newSource(file string, load func() (*config.Config, error)) *source {
	s := &source{file: file, load: load}
	if file != "" {
		s.begun = stampsOf([]string{file})[0]
	}
	return s
}

// watchEvery is how often files are looked at. A change counts once it has held still for as long, so that a file which is
// being written is not read half way.
const watchEvery = 400 * time.Millisecond

// follow takes the configuration over again when one of its files changes, or on SIGHUP, until ctx ends. The function that
// it returns waits for that.
func (s *source) follow(ctx context.Context, cfg *config.Config, p *parts, log *slog.Logger) (wait func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // which would end the process otherwise
	ctx, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		defer signal.Stop(hangup)
		s.watch(ctx, hangup, cfg, p, log)
	})
	return func() {
		stop()
		done.Wait()
	}
}

func (s *source) watch(ctx context.Context, hangup <-chan os.Signal, cfg *config.Config, p *parts, log *slog.Logger) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	files := s.files(cfg)
	read, last := stampsOf(files), stampsOf(files)
	if len(read) > 0 {
		read[0] = s.begun
	}
	for {
		why := "a file has changed"
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			why = "SIGHUP"
		case <-tick.C:
			now := stampsOf(files)
			still := slices.EqualFunc(now, last, stamp.equal)
			last = now
			if !still || slices.EqualFunc(now, read, stamp.equal) {
				continue
			}
		}
		read = stampsOf(files)
		cfg = s.reload(ctx, cfg, p, why, log)
		if named := s.files(cfg); !slices.Equal(named, files) {
			files = named
			read = stampsOf(files)
		}
		last = read
	}
}

// files are the configuration's, and those it names.
func (s *source) files(cfg *config.Config) []string {
	if s.file == "" {
		return nil
	}
	return append([]string{s.file}, cfg.Files()...)
}

// stamp tells one state of a file from another. The zero stamp is that of a file that is not there.
type stamp struct{ info fs.FileInfo }

func stampsOf(files []string) []stamp {
	out := make([]stamp, len(files))
	for i, name := range files {
		if info, err := os.Stat(name); err == nil {
			out[i].info = info
		}
	}
	return out
}

func (s stamp) equal(o stamp) bool {
	if s.info == nil || o.info == nil {
		return s.info == o.info
	}
	return s.info.ModTime().Equal(o.info.ModTime()) && s.info.Size() == o.info.Size() && os.SameFile(s.info, o.info)
}
