# make run: the feature store with demo traffic. make test: all tests, on a real broker and a real Redis.
.DEFAULT_GOAL := help
.PHONY: help run test check lint setup bench clean

PYTHON ?=
export PYTHON

BIN := .venv/bin
PACKAGES := pyproject.toml requirements.lock scripts/setup
CYPRESS := cypress/package.json cypress/package-lock.json
RUN ?=
TEST ?=

# Tests that need neither a broker nor whole programs run in two processes, all tests of a file in one of them, without
# threads for linear algebra. The other tests wait for brokers, browsers and programs much of the time: they too run in two
# processes, each with its own broker and Redis, with their files on the disk.
FAST := not broker and not e2e

# The first part writes to memory if there are 2 GB that allow executables: recovery stores wait for the disk at every epoch.
MEMORY = $(shell awk '$$2 == "/dev/shm" && $$4 !~ /noexec/' /proc/mounts 2>&1 | grep -q tmpfs && \
	df -Pk /dev/shm | awk 'NR == 2 && $$4 > 2097152 { print "TMPDIR=/dev/shm" }')
ALONE := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
TWO := -n 2 --dist loadfile --no-loadscope-reorder
SHARED := $(MEMORY) OPENBLAS_NUM_THREADS=1 $(ALONE) $(TWO) \
	--ignore=tests/broker --ignore=tests/e2e

# The fast loop uses a ninth of the seeds, of long tests and of the cases of a test (at least two); `make test` uses all of them.
QUICK := HEADRACE_TEST_SEEDS=$${HEADRACE_TEST_SEEDS:-1}

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

run: .venv/.run ## install, then run with demo traffic until Ctrl-C (options: make run RUN="--rate 2000")
	@exec $(BIN)/headrace run $(RUN)

test: .venv/.test ## install, then run all tests (the fast ones: make test TEST="-m 'not broker and not e2e'")
ifeq ($(strip $(TEST)),)
	$(SHARED) -m "$(FAST)"; fast=$$?; [ $$fast -le 1 ] || exit $$fast; $(ALONE) $(TWO) -m "not ($(FAST))" && exit $$fast
else
	$(if $(findstring $(FAST),$(TEST)),$(QUICK) $(SHARED),$(ALONE)) $(TEST)
endif

check: lint test ## run the checks of CI: ruff, mypy --strict, import-linter, all tests

lint: .venv/.test ## run ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

setup: .venv/.test ## install everything in .venv; the command is .venv/bin/headrace

bench: .venv/.test ## run the benchmarks behind the published numbers
	$(BIN)/python -m benchmarks

clean: ## remove .venv, caches and var/ (topics, features and state of the embedded run)
	rm -rf .venv var build cypress/node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.run: $(PACKAGES)
	@scripts/setup run
	@touch $@

# Includes everything in .run.
.venv/.test: $(PACKAGES) $(CYPRESS)
	@scripts/setup test
	@touch .venv/.run $@
