package main

import (
	"time"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/catalog"
	"github.com/outcrop/outcrop/internal/server"
	"github.com/outcrop/outcrop/internal/service/credentials"
	"github.com/outcrop/outcrop/internal/sigv4"
)

// authenticators check what requests prove themselves with. region is where calls come from whose API key names none.
func authenticators(keys *credentials.Keys, region arn.Region, known func(arn.Region) bool) []server.Authenticator {
	return []server.Authenticator{
		server.Bearer{Keys: keys, Region: region},
		server.Signatures{Verifier: sigv4.NewVerifier(keys, sigv4.Options{Services: signedServices(), Region: known})},
	}
}

// signedServices are the names that requests may be signed for, and AWS's rules of time for each.
func signedServices() []sigv4.Service {
	const (
		longestPresigned = 7 * 24 * time.Hour // AWS's own limit of X-Amz-Expires
		patient          = 15 * time.Minute
	)
	return []sigv4.Service{
		{Name: "bedrock", Presign: longestPresigned},
		{Name: costExplorerName},
		{Name: "sts", Skew: patient},
		{Name: "iam", Skew: patient},
		{Name: "organizations"},
		{Name: "budgets"},
		{Name: "sns"},
	}
}

// regions reports whether the catalog has a region.
func regions(facts *catalog.Catalog) func(arn.Region) bool {
	return func(r arn.Region) bool {
		_, known := facts.Region(r)
		return known
	}
}
