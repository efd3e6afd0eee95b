# What can be done here; `make` alone lists it. GNU make and sh; nothing but Go is needed, for `race` a C compiler, and for some tests
# programs that `make tools` installs on Debian for root: of pages a Chromium, of the driver's wire format an AWS command-line client, an
# SQS server on Node, Prometheus, and strace. CHROMIUM=path, AWSCLI=path, PROMTOOL=path, PROMETHEUS=path and FAUXQS=folder name others.

GO ?= go
# recorded: the folder of the recorded public sets, and where the traces made from them go
DATA ?= ../shared/data
TROUGH_DATA ?= data
# test, race: the seed of the random cases of property tests. One seed, so that a change is judged by what it does and not by
# luck; `make properties` draws new ones, and so does RAPID_SEED=0.
export RAPID_SEED ?= 1
# properties: how many random cases of each
RAPID_CHECKS ?= 1000
# fuzz: how long for each target
FUZZTIME ?= 20s
# bench: which (a regular expression), and how many runs of each
BENCH ?= .
COUNT ?= 6

# The folders of Go files (of the names $(1)) that have a line like $(2).
folders = grep -rlE --include=$(1) --exclude-dir=testdata --exclude-dir='.?*' $(2) . | sed 's|/[^/]*$$||' | sort -u

.PHONY: help build demo demo-live reproduce recorded check test test-long tools race slurm properties fuzz golden bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: ## build bin/trough, bin/trough-live and bin/trough-live-demo
	$(GO) build -trimpath -o bin/ ./cmd/trough ./cmd/trough-live ./cmd/trough-live-demo

demo: build ## a first run on synthetic traces, into out/demo
	bin/trough demo -o out/demo --force

demo-live: build ## the live driver for a day in a fake cloud, in two minutes, into out/demo-live
	bin/trough-live-demo -o out/demo-live --force

reproduce: build ## published systems over 20 seeds beside their articles' figures, into out/reproduce
	bin/trough reproduce --data "$(or $(TROUGH_DATA),data)" -o out/reproduce --force

recorded: ## turn the recorded public sets in DATA (../shared/data) into traces, in TROUGH_DATA (data)
	@[ -d "$(DATA)" ] || { echo "make recorded: there is no folder $(DATA): name that of the recorded sets with DATA=" >&2; exit 2; }
	@$(MAKE) --no-print-directory build
	bin/trough trace recorded --force --from "$(DATA)" -o "$(or $(TROUGH_DATA),data)"

check: ## formatting, vet, staticcheck, go.mod; changes nothing
	@unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .) && [ -z "$$unformatted" ] || \
		{ echo "make check: not as gofmt has it:" $$unformatted >&2; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod tidy -diff

test: tools ## all tests, within ten minutes on two cores
	$(GO) test -timeout 10m ./...

test-long: tools ## all tests with the heavier counts (TROUGH_LONG=1), within two hours
	TROUGH_LONG=1 $(GO) test -timeout 120m ./...

tools: ## what some tests need beside Go, where it can be installed
	@.ci/chromium
	@[ -n "$$AWSCLI" ] || .ci/tool aws awscli "the test of the fake cloud's wire format"
	@.ci/tool strace strace "the test of a disk whose fsync fails"
	@.ci/promtool
	@.ci/fauxqs

# Only where goroutines or locks are, and with -short: the rest has one goroutine, as cmd/archtest sees to.
race: ## the short tests of the packages with goroutines or locks, under the race detector
	@cc=$$($(GO) env CC); command -v $${cc%% *} >/dev/null || \
		{ echo "make race: the race detector needs a C compiler, and there is no $$cc" >&2; exit 2; }
	@packages=$$($(call folders,'*.go','^[[:space:]]+go [a-z]|^(import|[[:space:]]+)[ a-z]*"(golang.org/x/)?sync["/]')); \
	[ -n "$$packages" ] || { echo "make race: no package has goroutines or locks"; exit 0; }; \
	echo $(GO) test -race -short -timeout 10m $$packages; \
	CGO_ENABLED=1 $(GO) test -race -short -timeout 10m $$packages

# As root, and with apt-get where Slurm is not installed. Where it cannot run it says why, and fails with 77.
slurm: ## a sweep as an array of Slurm on this machine: killed, lost, run again and merged, in about a minute
	@GO="$(GO)" bash .ci/slurm

properties: ## tests of packages with properties, each on RAPID_CHECKS (1000) random cases that no run has seen before
	RAPID_SEED=0 RAPID_CHECKS=$(RAPID_CHECKS) $(GO) test -count 1 -timeout 60m $$($(call folders,'*_test.go','"pgregory\.net/rapid"'))

fuzz: ## every fuzz target in turn, each for FUZZTIME (20s)
	@for folder in $$($(call folders,'*_test.go','^func Fuzz[A-Z]')); do \
		for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]+).*/\1/p' $$folder/*_test.go); do \
			echo "$$folder $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$folder || exit 1; \
		done; \
	done

golden: ## write the golden files anew, from what the tests give now; read the difference before committing it
	@packages=$$($(call folders,'*_test.go','flag\.Bool.*"update"')); \
	[ -n "$$packages" ] || { echo "make golden: no package has golden files"; exit 0; }; \
	echo $(GO) test $$packages -run Golden -update; \
	$(GO) test $$packages -run Golden -update

bench: ## benchmarks named like BENCH (.), COUNT (6) runs each, then their medians; all runs stay in out/bench.txt
	@packages=$$($(call folders,'*_test.go','^func Benchmark[A-Z]')); \
	[ -n "$$packages" ] || { echo "make bench: no package has benchmarks"; exit 0; }; \
	mkdir -p out && rm -f out/bench.failed; \
	{ $(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) -timeout 60m $$packages || echo > out/bench.failed; } | tee out/bench.txt; \
	[ ! -e out/bench.failed ] || { rm out/bench.failed; exit 1; }; \
	awk -f .ci/medians.awk out/bench.txt

clean: ## remove what was built, the demo's run, the reproduction and the benchmarks' output; traces and other runs stay
	rm -rf bin out/demo out/demo-live out/reproduce out/bench.txt
