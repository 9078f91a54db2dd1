// Command outcrop serves the AWS APIs of Amazon Bedrock from machines of one's own, and helps to set that up.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/outcrop/outcrop/internal/config/strict"
)

func main() {
	os.Exit(program())
}

// program is main without the exit.
func program() int {
	err := run(untilSignal(), os.Args[1:], os.LookupEnv, os.Stdin, os.Stdout, os.Stderr)
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "outcrop:", err)
	return exitCode(err)
}

// untilSignal is a context that ends with the first SIGINT or SIGTERM, which lets a server drain. The
// second one ends the process at once.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2) // room for both, so that neither is lost
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(exitFailed)
	}()
	return ctx
}

// commands is the command line.
type commands struct {
	Serve    serveCommand    `cmd:"" help:"Serve the Bedrock APIs on one port."`
	Env      envCommand      `cmd:"" help:"Print the environment that points AWS clients at the server."`
	Converse converseCommand `cmd:"" help:"Ask a model, without the AWS CLI."`
	Cost     costCommand     `cmd:"" help:"Show what was spent, on what and by whom."`
	Explain  explainCommand  `cmd:"" help:"Say why a call ran where it did."`
	Top      topCommand      `cmd:"" help:"Show what the deployments do, as it happens."`
	Profile  profileCommand  `cmd:"" help:"Make cross-region profiles and drain regions while the server runs."`
	Budget   budgetCommand   `cmd:"" help:"Show and make budgets: what is spent, reserved and forecast, and what they stop."`
	Quotas   quotasCommand   `cmd:"" help:"Show what is used of quotas, and what is left."`
	Prices   pricesCommand   `cmd:"" help:"List prices, and try others."`
	Reprice  repriceCommand  `cmd:"" help:"Charge calls of the past by the prices as they are now."`
	Policy   policyCommand   `cmd:"" help:"Say who may do what, and why."`
	Seal     sealCommand     `cmd:"" help:"Make and rotate the keys that seal secrets and sessions."`
	Simulate simulateCommand `cmd:"" help:"Replay a trace of calls, and see what quotas and routes make of it."`
	Check    checkCommand    `cmd:"" help:"Find everything wrong with a configuration, and show what a good one serves."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// process is what a command may use of the process it runs in.
type process struct {
	env            strict.Lookup
	stdin          io.Reader
	stdout, stderr io.Writer
}

const description = "Amazon Bedrock's APIs, where you can reach them.\n\n" +
	"outcrop serve starts with no configuration: a simulator answers for every model. In a second terminal,\n" +
	"eval \"$(outcrop env)\" points the AWS CLI and every AWS SDK at it."

// run is main without the process: tests call it with arguments, an environment and streams of their own.
func run(ctx context.Context, args []string, env strict.Lookup, stdin io.Reader, stdout, stderr io.Writer) error {
	var line commands
	helped := false
	parser, err := kong.New(&line,
		kong.Name("outcrop"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"model": defaultModel},
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if helped { // kong goes on parsing behind --help; what it then misses is nobody's mistake
		return nil
	}
	if err != nil {
		return misuse(err)
	}
	return command.Run(&process{env, stdin, stdout, stderr})
}

// exit is an error with the exit code it deserves.
type exit struct {
	code int
	error
}

func (e exit) Unwrap() error { return e.error }

// The codes besides 0: the work failed, or there was no work because of what was asked.
const (
	exitFailed = 1
	exitMisuse = 2
)

// misuse is an error of the command line or of the configuration a command was to work with.
func misuse(err error) error {
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Model != nil {
		path := "outcrop"
		if c := parse.Context.Command(); c != "" {
			path += " " + firstWord(c)
		}
		err = fmt.Errorf("%w\nsee %s --help", err, path)
	}
	return exit{exitMisuse, err}
}

func exitCode(err error) int {
	var e exit
	if errors.As(err, &e) {
		return e.code
	}
	return exitFailed
}
