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

# `make test` compiles once, before steps that run side by side.
ifdef LOADSTONE_BUILT
build types:
else
build: node_modules/.stamp ## compile everything, native addon included
	@tsc -b
	@$(MAKE) --no-print-directory -s -C libs/packet
	@node tools/bundle.mjs

types: node_modules/.stamp
	@tsc -b
endif

lint: node_modules/.stamp types
	@biome check .
	@eslint .

fmt: node_modules/.stamp ## format and mend what lint can mend
	@biome check --write .

check: lint build ## types, lint, layers, sizes, unit tests: before every commit
	@jest --selectProjects unit

golden: node_modules/.stamp ## write golden files anew; commit only a diff you have read
	@GOLDEN=1 jest --selectProjects unit -t golden

generate: node_modules/.stamp ## generate from crds/manifests: types, validators of the plan, the chart's copies, docs/crds.md
	@node crds/generate.mjs

verify: generate golden ## everything generated is fresh
	@git diff --exit-code -- crds charts docs libs operator

binaries: ## Kubernetes for the test cluster, built once from Go modules and cached
	@tools/kubernetes-binaries

bench-announce: build ## from a Service's creation to its first ARP answer and to the router's route; memory (root)
	@tools/kubernetes-binaries >/dev/null && node e2e/out/bench/announce.js

bench-arp: build ## ARP questions a second that a speaker answers, in a namespace of its own (root)
	@unshare -n node libs/arp/out/bench/flood.js

bench-bfd: build ## holds BFD at 50 ms × 3 with FRR and BIRD under load; MINUTES=10 (root)
	@node libs/bfd/out/bench/hold.js --minutes $(or $(MINUTES),10)

bench-bgp: build ## senders of many routes side by side, each real, to the same receiver (root)
	@node e2e/out/interop/bench/main.js $(ARGS)

bench-plan: build ## allocation and planning of many Services
	@node operator/out/bench/scale.js

bench-speaker: build ## a speaker with 2,000 Services: memory, and from a written slice to the first answer; NODE_UNDER_TEST names another Node (root)
	@tools/kubernetes-binaries >/dev/null && node speaker/out/bench/measure.js

bench-operator: build ## the operator with 2,000 Services on a real API server (root)
	@tools/kubernetes-binaries >/dev/null && node operator/out/bench/api.js

fuzz: build ## BGP fed with mutated messages: SECONDS=60 SEED=1 TARGET=session; a failure prints the SEED that repeats it
	@node --expose-gc libs/bgp/out/fuzz/main.js $(or $(SECONDS),60) '$(SEED)' '$(TARGET)'

sim: build ## many BGP speakers over a network that cuts, stalls and refuses: SEEDS=1000 SEED=1; a failure prints its SEED
	@node --expose-gc libs/bgp/out/sim/main.js $(or $(SEEDS),1000) $(or $(SEED),1)

sim-operator: node_modules/.stamp ## edits in any order, and faults of API server, watches and leaders: SEEDS=500 SEED=1; a failure prints its seed
	@SEEDS=$(or $(SEEDS),500) $(if $(SEED),SEED=$(SEED)) jest operator/test/allocate/sequences operator/test/pass/fault-simulation --selectProjects unit

test: ## every test; needs root; installs what it needs
	@tools/run-tests

interop: ## BGP and BFD with real routers: FRR, BIRD, GoBGP, ExaBGP, OpenBGPD; then what is timed of them (root)
	@PROJECTS="interop timing" tools/run-tests

demo: ## a real cluster with Loadstone in it, shown; ONCE=1 ends by itself
	@tools/run-demo

cluster: ## a real cluster by hand: ARGS=up, ARGS="kubectl get nodes", ARGS=down; ARGS=help tells all
	@e2e/cluster/cli $(or $(ARGS),help)

.PHONY: help packages build types lint fmt check golden generate verify binaries test demo cluster bench-announce bench-arp bench-bfd bench-bgp bench-plan bench-speaker bench-operator fuzz sim sim-operator interop
