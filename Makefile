# The ways in for developers; `make help` lists them. Meson does the building, this file brings what it needs.

BUILD ?= build
# Where `make run` keeps its mails.
MAILDIR ?= mail
# Options for dsmtpd in `make run`, such as ARGS="-p 2525".
ARGS ?=
# How long each fuzz target runs.
FUZZ_SECONDS ?= 60
# Choose what `make all` compiles, and tests; all when empty.
TARGETS ?=
UNIT_TESTS ?=
PYTEST_ARGS ?=
WEB_TESTS ?=
# A folder of cases for `make cases`, as tools/run_cases.py describes it.
CASES ?=
# Views whose pictures are taken; all when empty.
VIEWS ?=
# Tests in Python at a time; they wait more than they compute.
PYTEST_WORKERS ?= 4
# Those of a file share servers. Files come in the order of their names: pytest-xdist would begin with those that have
# most tests, and some that have few take longest.
PYTEST = $(BIN)/pytest --numprocesses=$(PYTEST_WORKERS) --dist=loadfile --no-loadscope-reorder
# What `make bump` raises.
export PART ?=

MESON := tools/meson.sh
VENV := .venv
BIN := $(VENV)/bin
C_FILES = $(shell find src tests fuzz bench -name '*.[ch]')
SHELL_FILES = .ci/run tests/web/run.sh $(wildcard tools/*.sh)

# Stamps: what was installed is asked for again only when the files that name it have changed.
STAMPS := build/stamps
PACKAGES := $(STAMPS)/packages
VENV_READY := $(VENV)/installed
DIST_READY := $(VENV)/installed-dist
BENCH_READY := $(VENV)/installed-bench
NODE_READY := tests/e2e/node/node_modules/.package-lock.json
WEB_READY := tests/web/node_modules/.package-lock.json
EXAMPLES_READY := examples/node/node_modules/.package-lock.json
WEB_BIN := tests/web/node_modules/.bin

.DEFAULT_GOAL := all

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

## Building and running

.PHONY: all
all: $(BUILD)/build.ninja ## compile
	$(MESON) compile -C $(BUILD) $(TARGETS)

# The mails are not kept in the build directory, which may be removed.
.PHONY: run
run: $(BUILD)/build.ninja ## start the server on mails in mail/; make run ARGS="-p 2525"
	$(MESON) compile -C $(BUILD) dsmtpd
	@exec $(BUILD)/dsmtpd --directory '$(MAILDIR)' $(ARGS)

.PHONY: docs
docs: all ## print docs/options.md from the table of options
	$(BUILD)/src/cli/pages options >docs/options.md

.PHONY: install-dev
install-dev: ## install all that developing needs, also what is there already
	rm -rf $(STAMPS) $(VENV_READY) $(DIST_READY) $(BENCH_READY) $(NODE_READY) $(WEB_READY) $(EXAMPLES_READY)
	$(MAKE) $(addprefix $(PACKAGES)-,build venv test pictures check fuzz sanitize dist) $(VENV_READY) $(DIST_READY) $(BENCH_READY) $(NODE_READY) $(WEB_READY) $(EXAMPLES_READY)

$(PACKAGES)-%: tools/packages.txt tools/install_packages.sh
	tools/install_packages.sh $*
	@mkdir -p $(@D) && touch $@

$(VENV_READY): requirements-dev.txt $(PACKAGES)-venv
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement requirements-dev.txt
	@touch $@

$(DIST_READY): requirements-dist.txt $(VENV_READY)
	$(BIN)/pip install --quiet --requirement requirements-dist.txt
	@touch $@

$(BENCH_READY): requirements-bench.txt $(VENV_READY)
	$(BIN)/pip install --quiet --requirement requirements-bench.txt
	@touch $@

# Without npm (see tools/packages.txt) its tests are skipped.
$(NODE_READY) $(WEB_READY) $(EXAMPLES_READY): %/node_modules/.package-lock.json: %/package.json %/package-lock.json $(PACKAGES)-test
	! command -v npm >/dev/null || npm ci --prefix $(dir $(<)) --ignore-scripts --no-audit --no-fund
	@mkdir -p $(@D) && touch $@

$(BUILD)/build.ninja: | $(PACKAGES)-build
	$(MESON) setup $(BUILD) $(MESON_ARGS)

## Tests

.PHONY: test
test: test-unit test-e2e test-web test-tools ## run all tests

.PHONY: test-unit
test-unit: all ## run the unit tests, check the layers, replay the fuzz seeds
	$(MESON) test -C $(BUILD) --print-errorlogs $(UNIT_TESTS)

.PHONY: test-e2e
test-e2e: all $(VENV_READY) $(NODE_READY) $(EXAMPLES_READY) ## run the built program with clients that others wrote
	DSMTPD_BINARY=$(abspath $(BUILD))/dsmtpd $(PYTEST) --junit-xml=$(BUILD)/meson-logs/e2e.junit.xml \
	  $(if $(filter tests/%,$(PYTEST_ARGS)),,tests/e2e) $(PYTEST_ARGS)

# Without Chromium, or a Node that can drive it, they are skipped.
.PHONY: test-web
test-web: all $(WEB_READY) ## try the page in a browser
	DSMTPD_BINARY=$(abspath $(BUILD))/dsmtpd tests/web/run.sh $(WEB_TESTS)

.PHONY: screenshots
screenshots: all $(WEB_READY) $(PACKAGES)-test $(PACKAGES)-pictures ## take the images of docs/page.md again; VIEWS="list mail" for some
	DSMTPD_BINARY=$(abspath $(BUILD))/dsmtpd tests/web/run.sh screenshots.js $(VIEWS)

# The hooks call linters, without which their tests are skipped, but not in CI.
.PHONY: test-tools
test-tools: $(VENV_READY) $(if $(CI),$(PACKAGES)-check) ## test the programs in tools/: releases, packages, this file
	@mkdir -p $(BUILD)/meson-logs
	$(PYTEST) --junit-xml=$(BUILD)/meson-logs/tools.junit.xml tests/tools

.PHONY: cases
cases: all $(VENV_READY) ## run a folder of cases, CASES=FOLDER, against the built program
	$(BIN)/python tools/run_cases.py $(BUILD)/dsmtpd '$(CASES)'

.PHONY: test-asan
test-asan: $(PACKAGES)-sanitize ## run all tests under AddressSanitizer and UndefinedBehaviorSanitizer
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	  $(MAKE) test-unit test-e2e BUILD=build-asan MESON_ARGS='-Db_sanitize=address,undefined $(MESON_ARGS)'

# What loads the threads. Not the unit test that forks to crash: a fork of a process with threads is beyond
# ThreadSanitizer. Without address space randomisation, as its older runtimes do not start on newer kernels else;
# without GLib's slices, which hand memory from thread to thread behind locks that it cannot see (as in tests/tsan.supp).
# Beside TARGETS, Meson compiles the unit tests that it runs.
.PHONY: test-tsan
test-tsan: $(PACKAGES)-sanitize ## run the tests that load the threads under ThreadSanitizer
	G_SLICE=always-malloc TSAN_OPTIONS=suppressions=$(CURDIR)/tests/tsan.supp $(shell setarch -R true 2>/dev/null && echo setarch -R) \
	  $(MAKE) test-unit test-e2e BUILD=build-tsan MESON_ARGS='-Db_sanitize=thread $(MESON_ARGS)' TARGETS=dsmtpd \
	  UNIT_TESTS='crew job log estates store inbox inbox_change inbox_follow inbox_list inbox_visit inbox_wait conn session checker' \
	  PYTEST_ARGS='$(addprefix tests/e2e/test_,$(addsuffix .py,clients smtplib listening signals log api_info api_events))'

# What gives the loop much to do at a time. Not the crowd whose memory is measured, as what measures takes some, too, and
# not the clients whose sockets take long to fill.
.PHONY: test-callbacks
test-callbacks: $(VENV_READY) $(PACKAGES)-test ## measure how long callbacks keep the loop, and fail over 20 ms of CPU time
	$(MAKE) all BUILD=build-callbacks MESON_ARGS='-Dmeasure_callbacks=true -Dtests=false $(MESON_ARGS)' TARGETS=dsmtpd
	PATIENCE_S=120 $(BIN)/python tools/callback_times.py build-callbacks/dsmtpd -- $(BIN)/pytest --quiet -k 'not idle and not nobody_reads' \
	  $(addprefix tests/e2e/test_,$(addsuffix .py,crowd limits http_memory api_list api_wait api_sse api_export overload))

build-fuzz/build.ninja: | $(PACKAGES)-build $(PACKAGES)-fuzz
	CC=clang $(MESON) setup build-fuzz -Dfuzz=true

.PHONY: fuzz
fuzz: build-fuzz/build.ninja ## run every fuzz target for FUZZ_SECONDS (60)
	$(MESON) compile -C build-fuzz
	tools/fuzz.sh build-fuzz $(FUZZ_SECONDS)

.PHONY: bench
bench: all $(BENCH_READY) $(PACKAGES)-test ## measure dsmtpd beside its peers
	PYTHONPATH=python DSMTPD_BINARY=$(BUILD)/dsmtpd $(BIN)/python -m bench $(BENCH_ARGS)

.PHONY: overload
overload: all $(BENCH_READY) $(PACKAGES)-test ## measure intake, lists and limits under overload; OVERLOAD_ARGS=--help
	PYTHONPATH=python DSMTPD_BINARY=$(BUILD)/dsmtpd $(BIN)/python -m bench.overload $(OVERLOAD_ARGS)

.PHONY: load
load: all $(VENV_READY) $(PACKAGES)-test ## measure how others fare beside a crowd of clients
	LOAD_SECONDS=10 DSMTPD_BINARY=$(BUILD)/dsmtpd $(BIN)/pytest --capture=no --quiet tests/e2e/test_crowd.py

.PHONY: round-trip
round-trip: all $(VENV_READY) ## import and export 100,000 mails, with Python as judge
	ROUND_TRIP_MAILS=100000 PATIENCE_S=1800 DSMTPD_BINARY=$(BUILD)/dsmtpd \
	  $(BIN)/pytest --quiet --durations=1 tests/e2e/test_cli_export.py -k many

## Checks

.PHONY: lint
lint: lint-workflows $(VENV_READY) $(PACKAGES)-check ## check style, layers and common mistakes
	$(BIN)/clang-format --dry-run --Werror $(C_FILES)
	tools/cppcheck.sh
	$(BIN)/python tools/check_layers.py
	$(BIN)/python tools/check_words.py
	$(BIN)/python tools/check_hand.py
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	shellcheck $(SHELL_FILES)
	$(BIN)/shfmt --diff $(SHELL_FILES)
	$(MAKE) lint-web

.PHONY: lint-web
lint-web: $(WEB_READY) ## check the page's style and common mistakes
	$(WEB_BIN)/eslint --config tests/web/eslint.config.js web tests/web
	$(WEB_BIN)/prettier --config tests/web/package.json --log-level warn --check web tests/web

.PHONY: lint-workflows
lint-workflows: $(VENV_READY) $(PACKAGES)-check ## check .github/workflows with actionlint and zizmor
	tools/lint_workflows.sh $(BIN)

.PHONY: lint-fix
lint-fix: $(VENV_READY) $(WEB_READY) ## mend what the linters can mend, and format
	$(BIN)/ruff check --fix
	$(BIN)/python tools/check_hand.py --fix
	$(WEB_BIN)/eslint --config tests/web/eslint.config.js --fix web tests/web
	$(MAKE) format

.PHONY: format
format: $(VENV_READY) $(WEB_READY) ## format C, Python, shell and the page
	$(BIN)/clang-format -i $(C_FILES)
	$(BIN)/ruff format
	$(BIN)/shfmt --write $(SHELL_FILES)
	$(WEB_BIN)/prettier --config tests/web/package.json --log-level warn --write web tests/web

.PHONY: typecheck
typecheck: $(BUILD)/build.ninja $(VENV_READY) $(WEB_READY) $(PACKAGES)-check ## clang-tidy and gcc -fanalyzer for C, mypy for Python, tsc for the page
	$(BIN)/mypy
	$(WEB_BIN)/tsc --project tests/web
	tools/analyze.sh $(BUILD)

## Releases

.PHONY: build
build: $(DIST_READY) $(PACKAGES)-build $(PACKAGES)-dist ## build all packages of the last commit in dist/
	PYTHONPATH=tools $(BIN)/python -m pack dist

# Two tests at a time, whichever: some compile, others download or wait.
.PHONY: check-dist
check-dist: build $(PACKAGES)-test ## install, try and rebuild the packages
	@mkdir -p $(BUILD)/meson-logs
	$(PYTEST) --numprocesses=2 --dist=worksteal --junit-xml=$(BUILD)/meson-logs/dist.junit.xml tests/dist $(PYTEST_ARGS)

.PHONY: bump
bump: $(VENV_READY) ## write the next version into meson.build and CHANGES.rst; PART=patch, minor or major
	@$(BIN)/python tools/bump.py "$$PART"

## Cleaning

.PHONY: clean
clean: clean-build clean-venv ## remove all that was made here; mails stay

.PHONY: clean-build
clean-build: ## remove what was built
	rm -rf build build-asan build-callbacks build-tsan build-fuzz build-analyzer dist

.PHONY: clean-venv
clean-venv: ## remove the Python and Node tools
	rm -rf $(VENV) $(dir $(NODE_READY) $(WEB_READY) $(EXAMPLES_READY))
