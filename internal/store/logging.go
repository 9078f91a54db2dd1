package store

import (
	"context"

	"github.com/outcrop/outcrop/internal/arn"
)

// InvocationLogging keeps how calls are logged: at most one configuration an account and region.
type InvocationLogging interface {
	// LoggingConfigs reads the configurations of all accounts, in the order of account and region.
	LoggingConfigs(ctx context.Context) ([]LoggingConfig, error)
	// PutLoggingConfig sets a configuration in place of any before it.
	PutLoggingConfig(ctx context.Context, c LoggingConfig) error
	// DeleteLoggingConfig removes a configuration. That there is none is no error.
	DeleteLoggingConfig(ctx context.Context, account arn.Account, region arn.Region) error
}

// LoggingConfig is the configuration of one account and region.
type LoggingConfig struct {
	Account arn.Account
	Region  arn.Region
	// Document is the configuration in JSON. A store does not look into it.
	Document string
}
