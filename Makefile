# card-operator. `make` lists what there is.

SHELL := /usr/bin/env bash -o pipefail
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help

GO ?= go
# The image that docker-build makes and deploy runs.
IMG ?= card-operator:latest
# RACE=1 runs the tests with the race detector, which needs a C compiler.
RACE ?=
# Passed to `go test`, as in make test ARGS="-run TestPurse -v".
ARGS ?=
# CLUSTER=existing runs the demo in the cluster of your KUBECONFIG.
CLUSTER ?=
TEST_TIMEOUT ?= 40m
# make simulate: SEEDS random histories, at most TIME of them, and every EVERY-th plan of the
# matrix; SEED=7 or PLAN=7 tells one story.
SEEDS ?= 100000
EVERY ?= 32
TIME ?=
SEED ?=
PLAN ?=

BIN := $(CURDIR)/bin
KUBECTL ?= $(or $(shell command -v kubectl),$(BIN)/kubectl)
# What must be built before KUBECTL can be used: nothing where the machine has one.
OWN_KUBECTL = $(filter $(BIN)/kubectl,$(KUBECTL))
GO_TEST = $(GO) test $(if $(RACE),-race) -timeout $(TEST_TIMEOUT) $(ARGS)
# The suites that need an API server, by Ginkgo's convention.
SUITES = $(sort $(patsubst %/,./%,$(dir $(wildcard $(shell git ls-files -co --exclude-standard '*suite_test.go')))))

##@ Try it

.PHONY: demo
demo: build ## Watch it all come true: control plane, sandbox issuer, operator, cards, a payment. ISSUER=qbit, interlace or qitech. CLUSTER=existing uses yours.
	@$(BIN)/demo $(if $(CLUSTER),--cluster=$(CLUSTER)) $(if $(ISSUER),--issuer=$(ISSUER)) $(ARGS)

.PHONY: run
run: manifests generate install ## Run the manager here, against the cluster of your KUBECONFIG.
	$(GO) run ./cmd/manager --metrics-bind-address=0 $(ARGS)

##@ Develop

.PHONY: generate
generate: ## Generate the DeepCopy methods of the API types, and docs/issuers.md from the adapters.
	$(GO) tool controller-gen object paths=./api/...
	@$(GO) run ./hack/issuertable docs/issuers.md

.PHONY: manifests
manifests: ## Generate the CRDs and the manager's role from the Go code.
	$(GO) tool controller-gen crd paths=./api/... output:crd:dir=config/crd/bases
	@$(GO) run ./hack/crdtext config/crd/bases/*.yaml
	$(GO) tool controller-gen rbac:roleName=card-operator-manager paths=./internal/... output:rbac:dir=config/rbac

.PHONY: fmt
fmt: ## Format the code.
	$(GO) fmt ./...

.PHONY: vet
vet: ## Run go vet.
	$(GO) vet ./...

.PHONY: lint
lint: $(BIN)/golangci-lint ## Run golangci-lint, built from its module at first (some minutes, once).
	$(BIN)/golangci-lint run

.PHONY: verify
verify: ## Fail where generated files or go.mod are not what the code says.
	@hack/verify-generated.sh

.PHONY: govulncheck
govulncheck: ## Look for known vulnerabilities, where their database can be reached.
	@hack/govulncheck.sh

##@ Test

.PHONY: test
test: ## Run every test against a real kube-apiserver and etcd. RACE=1 adds the race detector.
	@assets=$$($(GO) run ./hack/assets) && KUBEBUILDER_ASSETS="$$assets" $(GO_TEST) ./...

.PHONY: test-unit
test-unit: ## Run the tests that need no API server.
	@$(GO_TEST) -short ./...

.PHONY: test-envtest
test-envtest: ## Run the suites that need an API server.
	@assets=$$($(GO) run ./hack/assets) && KUBEBUILDER_ASSETS="$$assets" $(GO_TEST) $(SUITES)

.PHONY: simulate
simulate: ## Play faults at every call, random histories, and planted bugs. SEEDS=, EVERY=1, TIME=; SEED=7 or PLAN=7 tells one story.
	@GOGC=800 $(GO) run ./hack/simulate -seeds=$(SEEDS) -every=$(EVERY) $(if $(TIME),-time=$(TIME)) $(if $(SEED),-seed=$(SEED)) $(if $(PLAN),-plan=$(PLAN)) $(ARGS)

.PHONY: endure
endure: ## Kill and stop real managers for minutes under faults. ENDURE_CARDS=200, ENDURE_WITHDRAWALS=100, ENDURE_TIME=3m are the sizes.
	@assets=$$($(GO) run ./hack/assets) && KUBEBUILDER_ASSETS="$$assets" \
	ENDURE_CARDS=$${ENDURE_CARDS:-200} ENDURE_WITHDRAWALS=$${ENDURE_WITHDRAWALS:-100} ENDURE_TIME=$${ENDURE_TIME:-3m} \
	$(GO) test $(if $(RACE),-race) -timeout 60m -v $(ARGS) ./test/endurance

.PHONY: fuzz
fuzz: ## Feed garbage to every decoder and verifier of what others send. FUZZTIME=20s is for each.
	@hack/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: ## Measure 200, 1,000 and 10,000 cards beside a plain controller; writes docs/benchmarks.*. ARGS= as in docs/benchmarks.md.
	@$(GO) run ./test/bench -out=docs $(ARGS)

# The packages whose error branches must all be executed.
COVERED = ./internal/account ./internal/cardsecret ./internal/controller/... ./internal/engine ./internal/funding $(shell $(GO) list -f {{.ImportPath}} ./internal/issuer/... | grep -v issuertest) ./internal/mirror ./internal/webhook

.PHONY: coverage
coverage: ## Fail where an error branch is executed by no unit test; writes docs/error-branches.md.
	@mkdir -p coverage
	@$(GO) test -short -coverpkg="$$(echo $(COVERED) | tr ' ' ,)" -coverprofile=coverage/unit.out $(COVERED)
	@$(GO) run ./hack/errorbranches -profile coverage/unit.out -w docs/error-branches.md $(COVERED)

.PHONY: controlplane
controlplane: ## Print the directory of kube-apiserver and etcd, fetching or building them where needed.
	@$(GO) run ./hack/assets

.PHONY: kubectl
kubectl: $(BIN)/kubectl ## Build a kubectl into bin/.

##@ Build

.PHONY: build
build: ## Build the manager, the sandbox issuer and the demo into bin/.
	@mkdir -p $(BIN)
	@echo "building cmd/... into bin/ (some minutes at first, then seconds)"
	@CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN)/ ./cmd/...

.PHONY: docker-build
docker-build: ## Build the manager's image as IMG.
	docker build -t $(IMG) .

.PHONY: clean
clean: ## Remove what was built here. Caches that clones share are kept.
	rm -rf $(BIN) .demo coverage

##@ Deploy

.PHONY: install
install: $(OWN_KUBECTL) ## Install the CRDs into the cluster of your KUBECONFIG.
	$(KUBECTL) apply --server-side -k config/crd

.PHONY: uninstall
uninstall: $(OWN_KUBECTL) ## Remove the CRDs, and with them every card object. Delete those first: they close their cards.
	$(KUBECTL) delete --ignore-not-found -k config/crd

.PHONY: deploy
deploy: $(OWN_KUBECTL) ## Install the operator, with the image IMG, into the cluster of your KUBECONFIG.
	$(KUBECTL) kustomize config/default | sed 's|image: card-operator:latest|image: $(IMG)|' | $(KUBECTL) apply --server-side -f -

.PHONY: undeploy
undeploy: $(OWN_KUBECTL) ## Remove the operator but keep the CRDs and the card objects.
	$(KUBECTL) delete --ignore-not-found -f config/manager/manager.yaml -f config/default/metrics_service.yaml
	$(KUBECTL) delete --ignore-not-found -k config/rbac
	$(KUBECTL) delete --ignore-not-found -f config/manager/namespace.yaml

##@ Help

.PHONY: help
help: ## Show this list.
	@awk 'BEGIN { FS = ":.*## "; print "\ncard-operator: virtual payment cards as Kubernetes objects\n\nUsage: make \033[36mTARGET\033[0m" } \
		/^##@/ { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

$(BIN)/golangci-lint: hack/tools/go.mod hack/tools/go.sum
	@echo "building golangci-lint from its Go module: takes some minutes, once"
	@cd hack/tools && CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(BIN)/kubectl: hack/controlplane/go.mod
	@mkdir -p $(BIN)
	@path=$$($(GO) run ./hack/assets kubectl) && install -m 755 "$$path" $@
	@echo $@
