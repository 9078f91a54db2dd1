package storetest

import (
	"context"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/store"
)

// LoggingConfigs implements store.InvocationLogging.
func (f *Faults) LoggingConfigs(ctx context.Context) ([]store.LoggingConfig, error) {
	return through(f, func() ([]store.LoggingConfig, error) { return f.Store.LoggingConfigs(ctx) })
}

// PutLoggingConfig implements store.InvocationLogging.
func (f *Faults) PutLoggingConfig(ctx context.Context, c store.LoggingConfig) error {
	return throughError(f, func() error { return f.Store.PutLoggingConfig(ctx, c) })
}

// DeleteLoggingConfig implements store.InvocationLogging.
func (f *Faults) DeleteLoggingConfig(ctx context.Context, account arn.Account, region arn.Region) error {
	return throughError(f, func() error { return f.Store.DeleteLoggingConfig(ctx, account, region) })
}
