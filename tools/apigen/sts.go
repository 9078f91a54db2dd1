package main

// sts is the part of STS that is served.
var sts = target{
	Service: "sts",
	Package: "sts",
	Operations: []string{
		"GetCallerIdentity",
		"AssumeRole",
		"AssumeRoleWithWebIdentity",
		"GetSessionToken",
		"GetFederationToken",
		"GetAccessKeyInfo",
	},
}
