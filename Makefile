# The commands of this repository. Go and a POSIX shell are enough; what more a target can use (Node.js,
# Python with boto3, a C compiler) it says so when it is missing.

GO         ?= go
FUZZTIME   ?= 2s
BENCHFLAGS ?=
MODULES     = . tools bench e2e

# Packages with goroutines of their own: their tests run under the race detector too.
RACE = ./internal/gateway/... ./internal/route/... ./internal/limiter/... ./internal/budget/... ./internal/budgeting/... ./internal/provider/... \
	./internal/server/... ./internal/service/... ./internal/session/... ./internal/oidc/... ./internal/notify/... ./internal/audit/... \
	./internal/invocationlog/... ./internal/telemetry/... ./internal/sigv4/... ./internal/awswire/...

LINT = $(GO) tool -modfile=$(CURDIR)/tools/lint/go.mod
JS   = e2e/clients/js/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help build test unit race house e2e e2e-clients fuzz generate lint golangci fmt bench clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

build: ## build bin/outcrop
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/outcrop ./cmd/outcrop

test: lint unit race e2e ## everything that must pass before a change lands

unit: house ## unit tests of every module
	$(GO) test -timeout=5m ./...
	cd tools && $(GO) test -timeout=5m ./...
	cd bench && $(GO) test -timeout=5m ./...

# Run in their own folder, so that go test shows what they skip.
house: ## the tests of the tree: layers, comments, sizes, dependencies, generated code
	cd internal/house && $(GO) test -count=1

race: ## unit tests of concurrent packages under the race detector
	@if [ "$$($(GO) env CGO_ENABLED)" = 1 ] && command -v "$$($(GO) env CC)" >/dev/null; then \
		set -x; $(GO) test -race -timeout=5m $(RACE); \
	else \
		echo "SKIPPED: the race detector needs cgo and a C compiler"; \
	fi

e2e: build e2e-clients ## the built binary, called by the real AWS SDKs
	cd e2e && OUTCROP_BIN=$(CURDIR)/bin/outcrop $(GO) test -count=1 -timeout=10m

e2e-clients: ## install the JavaScript client of the end-to-end tests
	@if ! command -v npm >/dev/null; then \
		echo "SKIPPED: npm is not here, so the JavaScript SDK is not tested"; \
	else \
		$(MAKE) --no-print-directory $(JS) || echo "SKIPPED: npm could not install the JavaScript SDK, so it is not tested"; \
	fi

$(JS): e2e/clients/js/package-lock.json
	cd e2e/clients/js && npm ci --no-audit --no-fund --loglevel=error
	@touch $(JS)

# Not part of test, which runs every target on its seeds and on what fuzzing has found: the same each time.
fuzz: ## look for new inputs with every fuzz target, FUZZTIME (2s) each
	@for file in $$(find internal cmd -name '*_test.go' -exec grep -l '^func Fuzz' {} +); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
			echo "$(GO) test -fuzz=$$target ./$${file%/*}"; \
			$(GO) test -run='^$$' -fuzz="^$$target\$$" -fuzztime=$(FUZZTIME) ./$${file%/*} || exit 1; \
		done; \
	done

generate: ## write internal/awsapi again (needs Python with botocore)
	$(GO) -C tools run ./apigen

lint: ## go vet, staticcheck and gofumpt over every module
	@for module in $(MODULES); do \
		(cd $$module && set -x && $(GO) vet ./... && $(LINT) staticcheck ./...) || exit 1; \
	done
	@unformatted=$$($(LINT) gofumpt -l cmd internal tools bench e2e); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run make fmt:"; echo "$$unformatted"; exit 1; fi

golangci: ## golangci-lint, where it is installed
	@if command -v golangci-lint >/dev/null; then \
		for module in $(MODULES); do (cd $$module && golangci-lint run --config $(CURDIR)/.golangci.yml ./...) || exit 1; done; \
	else \
		echo "SKIPPED: golangci-lint is not here"; \
	fi

fmt: ## format every Go file
	$(LINT) gofumpt -w cmd internal tools bench e2e

bench: ## benchmarks of the hot paths, then Outcrop beside a plain proxy; writes docs/benchmarks.md
	$(GO) test -run='^$$' -bench=. -benchmem ./internal/...
	cd bench && $(GO) run . run $(BENCHFLAGS)

clean: ## remove what the targets made
	rm -rf bin e2e/clients/js/node_modules
	$(GO) clean -testcache
