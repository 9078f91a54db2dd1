package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// minEvery keeps a watch from being a load.
const minEvery = 100 * time.Millisecond

// checkEvery refuses to look oftener.
func checkEvery(watch bool, every time.Duration) error {
	if watch && every < minEvery {
		return exit{exitMisuse, fmt.Errorf("--every: want %s or more, found %s", minEvery, every)}
	}
	return nil
}

// watched shows something again and again until ctx ends. Once there was an answer, a failure is shown and tried again.
// joined leaves out what parts one picture from the next, for programs that read them.
func watched(ctx context.Context, every time.Duration, out io.Writer, s screen, joined bool, show func(io.Writer) error) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for first := true; ; first = false {
		frame := new(frame)
		err := show(frame)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return err
		case err != nil:
			fmt.Fprintln(frame, "outcrop:", err)
		}
		if err := frame.draw(out, s, first || joined); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// frame is one picture of a watch, gathered so that it appears at once.
type frame struct{ bytes.Buffer }

// draw shows a frame: in the place of the one before on a terminal, below it elsewhere.
func (f *frame) draw(out io.Writer, s screen, first bool) error {
	const home, below = "\x1b[H", "\x1b[J"
	text := f.String()
	switch {
	case s.terminal:
		text = home + strings.ReplaceAll(text, "\n", "\x1b[K\n") + below
	case !first:
		text = "\n" + text
	}
	_, err := io.WriteString(out, text)
	return err
}
