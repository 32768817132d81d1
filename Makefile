.DEFAULT_GOAL := help
SHELL := bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/loadstone
export LOADSTONE_CACHE := $(CACHE)

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n",$$1,$$2}' $(MAKEFILE_LIST)

packages: ## the Debian packages that the cluster, the routers and the build need (root)
	@tools/debian-packages

node_modules/.stamp: package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

build: node_modules/.stamp ## compile everything, native addon included
	@tsc -b
	@$(MAKE) --no-print-directory -s -C libs/packet
	@node tools/bundle.mjs

types: node_modules/.stamp
	@tsc -b

lint: node_modules/.stamp types
	@biome check .
	@eslint .

fmt: node_modules/.stamp ## format and mend what lint can mend
	@biome check --write .

check: lint build ## types, lint, layers, sizes, unit tests: before every commit
	@jest --selectProjects unit

golden: node_modules/.stamp ## write golden files anew; commit only a diff you have read
	@GOLDEN=1 jest --selectProjects unit -t golden

generate: node_modules/.stamp ## generate the types of crds/
	@node crds/generate.mjs

verify: generate golden ## everything generated is fresh
	@git diff --exit-code -- crds libs/*/test operator/test charts

binaries: ## Kubernetes for the test cluster, built once from Go modules and cached
	@tools/kubernetes-binaries

test: ## every test; needs root; installs what it needs
	@tools/run-tests

demo: ## a real cluster with Loadstone in it, shown; ONCE=1 ends by itself
	@tools/run-demo

cluster: ## a real cluster by hand: ARGS=up, ARGS="kubectl get nodes", ARGS=down; ARGS=help tells all
	@e2e/cluster/cli $(or $(ARGS),help)

.PHONY: help packages build types lint fmt check golden generate verify binaries test demo cluster
