// Package arn names things the way AWS does: regions, accounts, ARNs, and the identifiers callers name models with.
package arn

import "strings"

type (
	// Partition is the first name of an ARN: "aws" everywhere but in GovCloud and the sovereign clouds.
	Partition string
	// Region is a region's code, such as "eu-west-1". An operator may define regions of its own.
	Region string
	// Account is the twelve digits that own a resource.
	Account string
)

// AWS is the partition of every commercial region, and of regions an operator defines.
const AWS Partition = "aws"

// ARN is an Amazon Resource Name taken apart. Region and Account may be empty.
type ARN struct {
	Partition Partition
	Service   string
	Region    Region
	Account   Account
	Resource  string // everything behind the fifth colon, such as "inference-profile/us.amazon.nova-lite-v1:0"
}

// Resource types of Bedrock that name a model to call.
const (
	typeFoundationModel    = "foundation-model"
	typeInferenceProfile   = "inference-profile"
	typeApplicationProfile = "application-inference-profile"
)

// Parse takes s apart without allocating. It reports false when s is not of the form
// arn:partition:service:region:account:resource with a partition, a service and a resource.
func Parse(s string) (ARN, bool) {
	rest, ok := strings.CutPrefix(s, "arn:")
	if !ok {
		return ARN{}, false
	}
	partition, rest, _ := strings.Cut(rest, ":")
	service, rest, _ := strings.Cut(rest, ":")
	region, rest, _ := strings.Cut(rest, ":")
	account, resource, ok := strings.Cut(rest, ":")
	if !ok || partition == "" || service == "" || resource == "" {
		return ARN{}, false
	}
	return ARN{Partition(partition), service, Region(region), Account(account), resource}, true
}

// String puts the ARN together again.
func (a ARN) String() string {
	return "arn:" + string(a.Partition) + ":" + a.Service + ":" + string(a.Region) + ":" + string(a.Account) + ":" + a.Resource
}

// FoundationModel is the ARN of a model in one region. An empty region makes the region-less form
// that global profiles list.
func FoundationModel(p Partition, r Region, model string) ARN {
	return ARN{p, "bedrock", r, "", typeFoundationModel + "/" + model}
}

// InferenceProfile is the ARN of a cross-region profile as seen by one account from one source region.
func InferenceProfile(p Partition, source Region, owner Account, id string) ARN {
	return ARN{p, "bedrock", source, owner, typeInferenceProfile + "/" + id}
}

// ApplicationProfile is the ARN of an application inference profile.
func ApplicationProfile(p Partition, r Region, owner Account, id string) ARN {
	return ARN{p, "bedrock", r, owner, typeApplicationProfile + "/" + id}
}
