// Command bench measures Outcrop on one machine, beside a plain reverse proxy and against an upstream that costs next to nothing.
//
//	bench run      build, start, load and compare everything; write the table into docs/benchmarks.md
//	bench load     load one URL
//	bench mock     be the upstream
//	bench proxy    be the reverse proxy
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type commands struct {
	Run   runCommand   `cmd:"" help:"Build Outcrop, start it beside a reverse proxy, load both and compare."`
	Load  loadCommand  `cmd:"" help:"Load one URL on a loopback address."`
	Mock  mockCommand  `cmd:"" help:"Serve OpenAI chat completions with canned answers."`
	Proxy proxyCommand `cmd:"" help:"Serve as a reverse proxy that adds nothing."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	parsed := kong.Parse(&c, kong.Name("bench"), kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Description("Measures Outcrop on one machine, beside a plain reverse proxy."))
	parsed.FatalIfErrorf(parsed.Run())
}
