package main

import (
	"net/http"

	stsapi "github.com/outcrop/outcrop/internal/awsapi/sts"
	"github.com/outcrop/outcrop/internal/config"
	"github.com/outcrop/outcrop/internal/oidc"
	"github.com/outcrop/outcrop/internal/seal"
	"github.com/outcrop/outcrop/internal/server"
	"github.com/outcrop/outcrop/internal/service/registrar"
	"github.com/outcrop/outcrop/internal/service/sts"
	"github.com/outcrop/outcrop/internal/session"
)

// securityTokens is the API of STS.
func securityTokens(cfg *config.Config, people *registrar.Registrar, ring *seal.Ring) server.API {
	tokens := sts.New(sts.Options{
		People:   people,
		Tokens:   session.Codec{Ring: ring},
		Verifier: oidc.NewVerifier(http.DefaultTransport),
		Issuers:  cfg.Issuers(),
	})
	return server.API{SigningName: "sts", Service: stsapi.NewService(tokens), Unsigned: sts.Unsigned()}
}
