package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	budgetsapi "github.com/outcrop/outcrop/internal/awsapi/budgets"
	snsapi "github.com/outcrop/outcrop/internal/awsapi/sns"
	"github.com/outcrop/outcrop/internal/budgetaction"
	"github.com/outcrop/outcrop/internal/budgeting"
	"github.com/outcrop/outcrop/internal/carrier"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/notify"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/server"
	rights "github.com/outcrop/outcrop/internal/service/access"
	budgetservice "github.com/outcrop/outcrop/internal/service/budgets"
	"github.com/outcrop/outcrop/internal/service/registrar"
	"github.com/outcrop/outcrop/internal/service/sns"
	"github.com/outcrop/outcrop/internal/store"
)

// messengers are the budgets, and what takes their words to people and programs and has their actions carried out.
type messengers struct {
	budgets *budgeting.Keeper
	hand    *budgetaction.Hand
	outbox  *notify.Outbox
	hooks   *carrier.Webhooks
	topics  *sns.Server
	carrier *carrier.Carrier // nil until begin
	url     atomic.Pointer[string]
	log     *slog.Logger
}

// openMessengers opens the outbox, which goes on with what an earlier process has left, and the topics.
func openMessengers(ctx context.Context, cfg *config.Config, st store.Documents, ring *seal.Ring, people *registrar.Registrar, budgets *budgeting.Keeper, log *slog.Logger) (*messengers, error) {
	poster := notify.NewPoster()
	m := &messengers{
		budgets: budgets, hand: budgetaction.New(people, time.Now), hooks: carrier.NewWebhooks(cfg.Notifications.Hooks(), poster), log: log,
	}
	transports := map[notify.Kind]notify.Transport{notify.HTTP: poster, carrier.WebhookKind: m.hooks}
	if o, wanted := cfg.Notifications.Mail(); wanted {
		mailer, err := notify.NewMailer(o)
		if err != nil {
			return nil, fmt.Errorf("notifications.smtp: %w", err)
		}
		transports[notify.Email] = mailer
	}
	var err error
	if m.outbox, err = notify.Open(ctx, notify.Options{Store: st, Transports: transports, Log: log}); err != nil {
		return nil, err
	}
	public := cfg.Notifications.PublicURL
	m.topics, err = sns.Open(ctx, sns.Options{Store: st, Ring: ring, Outbox: m.outbox, PublicURL: func() string {
		return cmp.Or(public, *cmp.Or(m.url.Load(), &public))
	}})
	if err != nil {
		m.close()
		return nil, errors.Join(errors.New("cannot open the topics of SNS"), err)
	}
	return m, nil
}

// begin carries messages from now on. url is where the server can be reached.
func (m *messengers) begin(url string) {
	m.url.Store(&url)
	m.carrier = carrier.Start(carrier.Options{
		Budgets: m.budgets, Outbox: m.outbox, Topics: m.topics, Hand: m.hand, Webhooks: m.hooks, Log: m.log,
	})
}

// close ends deliveries. What has not arrived is delivered after the next start.
func (m *messengers) close() {
	if m.carrier != nil {
		m.carrier.Close()
	}
	m.outbox.Close()
}

// apis are AWS Budgets and Amazon SNS.
func (m *messengers) apis(guard *rights.Control) []server.API {
	topics := guarded("sns", snsapi.NewService(m.topics), guard.SNS())
	topics.Unsigned = sns.Unsigned()
	certificates := server.API{SigningName: "sns", Service: m.topics.Certificates(), Unsigned: []string{sns.CertificateOperation}}
	return []server.API{guarded("budgets", budgetsapi.NewService(budgetservice.New(m.budgets, m.hand)), guard.Budgets()), topics, certificates}
}

func (m *messengers) collectors() []prometheus.Collector {
	return slices.Concat(m.budgets.Collectors(), m.outbox.Collectors())
}
