# make run: the feature store on made-up traffic. make test: everything, on a real broker and a real Redis.
.DEFAULT_GOAL := help
.PHONY: help run test check lint setup bench clean

PYTHON ?=
export PYTHON

BIN := .venv/bin
PACKAGES := pyproject.toml requirements.lock scripts/setup
CYPRESS := cypress/package.json cypress/package-lock.json
RUN ?=
TEST ?=

# Tests without a broker and whole programs share the machine's cores: two processes, a file's tests in one of them,
# none with threads of its own for linear algebra. The others have timings and a broker that others would disturb.
FAST := not broker and not e2e

# What the first write lies in memory, if it holds 2 GB and may run programs: stores wait for a disk at every epoch.
MEMORY = $(shell awk '$$2 == "/dev/shm" && $$4 !~ /noexec/' /proc/mounts 2>&1 | grep -q tmpfs && \
	df -Pk /dev/shm | awk 'NR == 2 && $$4 > 2097152 { print "TMPDIR=/dev/shm" }')
ALONE := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
SHARED := $(MEMORY) OPENBLAS_NUM_THREADS=1 $(ALONE) -n 2 --dist loadfile --no-loadscope-reorder \
	--ignore=tests/broker --ignore=tests/e2e

# The fast loop alone takes a ninth of the seeds and of long tables of cases; `make test` takes all.
QUICK := HEADRACE_TEST_SEEDS=$${HEADRACE_TEST_SEEDS:-1}

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

run: .venv/.run ## set up, then run on demo traffic until Ctrl-C (options: make run RUN="--rate 2000")
	@exec $(BIN)/headrace run $(RUN)

test: .venv/.test ## set up, then run all tests (the fast ones: make test TEST="-m 'not broker and not e2e'")
ifeq ($(strip $(TEST)),)
	$(SHARED) -m "$(FAST)"; fast=$$?; [ $$fast -le 1 ] || exit $$fast; $(ALONE) -m "not ($(FAST))" && exit $$fast
else
	$(if $(findstring $(FAST),$(TEST)),$(QUICK) $(SHARED),$(ALONE)) $(TEST)
endif

check: lint test ## what CI runs: ruff, mypy --strict, import-linter, all tests

lint: .venv/.test ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

setup: .venv/.test ## .venv with everything; headrace is then .venv/bin/headrace

bench: .venv/.test ## the benchmarks behind the published numbers
	$(BIN)/python -m benchmarks

clean: ## remove .venv, caches and var/ (topics, features and state of the embedded run)
	rm -rf .venv var build cypress/node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.run: $(PACKAGES)
	@scripts/setup run
	@touch $@

# Holds all that .run holds.
.venv/.test: $(PACKAGES) $(CYPRESS)
	@scripts/setup test
	@touch .venv/.run $@
