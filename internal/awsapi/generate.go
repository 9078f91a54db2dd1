// Package awsapi holds the generated packages of the AWS APIs, one a service. To change them, change
// tools/apigen and generate again.
package awsapi

//go:generate go -C ../../tools run ./apigen -out ../internal/awsapi
