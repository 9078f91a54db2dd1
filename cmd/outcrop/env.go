package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/outcrop/outcrop/internal/apikey"
)

type envCommand struct {
	settings
	For   []string `help:"Whose clients to point at the server: aws, bearer (AWS clients with a Bedrock API key), openai or anthropic, or several with commas." enum:"aws,bearer,openai,anthropic" default:"aws" placeholder:"API"`
	Shell string   `help:"Whose syntax to print: sh, fish or powershell." enum:"sh,fish,powershell" default:"sh"`
}

// Help tells how the output is used.
func (envCommand) Help() string {
	return `For sh, bash and zsh:

    eval "$(outcrop env)"

For fish:

    outcrop env --shell fish | source

For PowerShell:

    outcrop env --shell powershell | Out-String | Invoke-Expression

For the SDKs of OpenAI and Anthropic, too:

    eval "$(outcrop env --for aws,openai,anthropic)"

For AWS clients with a short-term Bedrock API key in the place of the access key, good for 12 hours in the
server's region:

    eval "$(outcrop env --for bearer)"

The lines hold the administrator's secret access key, but for those of bearer, which hold an API key signed with it.`
}

// Run prints the environment of the server that runs, or last ran, on the data directory.
func (c *envCommand) Run(p *process) error {
	cfg, err := c.load(p.env)
	if err != nil {
		return err
	}
	a, err := dataDir{cfg.Data}.access()
	if err != nil {
		return err
	}
	for _, v := range a.environment(c.For, time.Now()) {
		if _, err := fmt.Fprintln(p.stdout, assignment(c.Shell, v[0], v[1])); err != nil {
			return err
		}
	}
	return nil
}

// environment is what clients of some APIs need.
func (a access) environment(apis []string, now time.Time) [][2]string {
	secret := a.key.Secret.Reveal()
	var out [][2]string
	for _, api := range apis {
		switch api {
		case "aws":
			out = append(out, [][2]string{
				{"AWS_ENDPOINT_URL", a.endpoint},
				{"AWS_ACCESS_KEY_ID", a.key.ID},
				{"AWS_SECRET_ACCESS_KEY", secret},
				{"AWS_REGION", string(a.region)},
				{"AWS_DEFAULT_REGION", string(a.region)},
			}...)
		case "bearer":
			key := apikey.ShortTerm(a.key, "", a.region, apikey.MaxLifetime, now)
			out = append(out, [][2]string{
				{"AWS_ENDPOINT_URL", a.endpoint},
				{"AWS_BEARER_TOKEN_BEDROCK", key.Reveal()},
				{"AWS_REGION", string(a.region)},
				{"AWS_DEFAULT_REGION", string(a.region)},
			}...)
		case "openai":
			out = append(out, [2]string{"OPENAI_BASE_URL", a.endpoint + "/openai/v1"}, [2]string{"OPENAI_API_KEY", a.key.ID + ":" + secret})
		case "anthropic":
			out = append(out, [2]string{"ANTHROPIC_BASE_URL", a.endpoint + "/anthropic"}, [2]string{"ANTHROPIC_API_KEY", a.key.ID + ":" + secret})
		}
	}
	return out
}

// assignment exports a variable in the syntax of a shell. What is plain in every shell stays unquoted.
func assignment(shell, name, value string) string {
	switch shell {
	case "fish":
		return "set -gx " + name + " " + quoted(strings.ReplaceAll(value, `\`, `\\`), `\'`)
	case "powershell":
		return "$env:" + name + " = '" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	return "export " + name + "=" + quoted(value, `'\''`)
}

func quoted(value, quote string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:+=@"
	if value != "" && strings.Trim(value, plain) == "" {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", quote) + "'"
}
