package invocationlog

import (
	"context"
	"fmt"
	"maps"

	"github.com/go-json-experiment/json"

	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/fault"
	"github.com/outcrop/outcrop/internal/store"
)

// owner is whom a configuration is for.
type owner struct {
	account arn.Account
	region  arn.Region
}

// load reads every configuration of the store.
func (l *Log) load(ctx context.Context) error {
	rows, err := l.opt.Store.LoggingConfigs(ctx)
	if err != nil {
		return err
	}
	all := make(map[owner]*Config, len(rows))
	for _, row := range rows {
		c := new(Config)
		if err := json.Unmarshal([]byte(row.Document), c); err != nil {
			return fmt.Errorf("cannot read how invocations of %s in %s are logged: %w", row.Account, row.Region, err)
		}
		all[owner{row.Account, row.Region}] = c
	}
	l.configs.Store(&all)
	return nil
}

// Config is how calls of an account in a region are logged now. It reports false when they are not.
func (l *Log) Config(account arn.Account, region arn.Region) (Config, bool) {
	if c := l.config(account, region); c != nil {
		return *c, true
	}
	return Config{}, false
}

// config never waits. Nobody writes to what it returns.
func (l *Log) config(account arn.Account, region arn.Region) *Config {
	all := *l.configs.Load()
	if len(all) == 0 {
		return nil
	}
	return all[owner{account, region}]
}

// Put sets how calls of an account in a region are logged from now on. Like AWS it first writes to every bucket, so
// that a place which cannot be written to is refused. A bad configuration is a Validation fault.
func (l *Log) Put(ctx context.Context, account arn.Account, region arn.Region, c Config) error {
	if err := c.check(); err != nil {
		return err
	}
	for _, b := range c.buckets() {
		if err := l.files.write(b.path(root(b, account), permissionCheck), nil); err != nil {
			return fault.Wrap(fault.Validation, err, "Failed to validate permissions for the bucket %s: its directory cannot be written.", b.Name)
		}
	}
	document, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return l.change(ctx, func(ctx context.Context, all map[owner]*Config) error {
		all[owner{account, region}] = &c
		return l.opt.Store.PutLoggingConfig(ctx, store.LoggingConfig{Account: account, Region: region, Document: string(document)})
	})
}

// Delete ends the logging of an account's calls in a region. That there is none is no error.
func (l *Log) Delete(ctx context.Context, account arn.Account, region arn.Region) error {
	return l.change(ctx, func(ctx context.Context, all map[owner]*Config) error {
		delete(all, owner{account, region})
		return l.opt.Store.DeleteLoggingConfig(ctx, account, region)
	})
}

// change runs one write alone, then publishes what it made of the configurations. A write whose outcome is unknown is
// followed by a look into the store.
func (l *Log) change(ctx context.Context, write func(context.Context, map[owner]*Config) error) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	ctx = context.WithoutCancel(ctx)
	next := maps.Clone(*l.configs.Load())
	if err := write(ctx, next); err != nil {
		_ = l.load(ctx) // when this fails too, what counted before goes on counting
		return err
	}
	l.configs.Store(&next)
	return nil
}
