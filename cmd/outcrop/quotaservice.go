package main

import (
	"github.com/outcrop/outcrop/internal/arn"
	"github.com/outcrop/outcrop/internal/awswire"
	"github.com/outcrop/outcrop/internal/limiter"
	"github.com/outcrop/outcrop/internal/server"
	"github.com/outcrop/outcrop/internal/service/quotas"
	"github.com/outcrop/outcrop/internal/service/registrar"
)

// quotaService shows what is used of quotas.
func quotaService(l *limiter.Limiter, people *registrar.Registrar, g awswire.Guard) server.API {
	return guarded("bedrock", quotas.NewService(quotas.Options{
		Limiter: l, Management: func() arn.Account { return people.Snapshot().Management() },
	}), g)
}
