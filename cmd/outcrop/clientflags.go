package main

import "github.com/outcrop/outcrop/internal/arn"

// clientFlags are the flags that say which server a command asks.
type clientFlags struct {
	settings
	Endpoint string `help:"Server to ask (default: AWS_ENDPOINT_URL, then the server of the data directory)." placeholder:"URL"`
}

// access finds the server and the key. What is given explicitly wins; a key from the environment counts only together
// with an endpoint from there or a flag, since a key of AWS itself would be refused by the server of a data directory.
// endpointVariable is the variable by which AWS clients find the endpoint of the one service that is asked. An empty
// region is found in the environment, or is the server's.
func (f *clientFlags) access(p *process, endpointVariable string, region arn.Region) (access, error) {
	cfg, err := f.load(p.env)
	if err != nil {
		return access{}, err
	}
	to := access{endpoint: f.Endpoint, region: region}
	if to.endpoint == "" {
		to.endpoint = firstSet(p.env, endpointVariable, "AWS_ENDPOINT_URL")
	}
	if to.region == "" {
		to.region = arn.Region(firstSet(p.env, "AWS_REGION", "AWS_DEFAULT_REGION"))
	}
	if to.endpoint != "" {
		if to.key, err = environmentKey(p.env); err != nil {
			return access{}, err
		}
	}
	if to.endpoint != "" && to.region != "" && to.key.ID != "" {
		return to, nil
	}
	local, err := dataDir{cfg.Data}.access()
	if err != nil {
		return access{}, err
	}
	if to.endpoint == "" {
		to.endpoint = local.endpoint
	}
	if to.region == "" {
		to.region = local.region
	}
	if to.key.ID == "" {
		to.key = local.key
	}
	return to, nil
}
