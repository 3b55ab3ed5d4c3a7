# Everything a newcomer or a machine calls. The first call makes .venv by itself.
# Arguments go through ARGS:   make demo ARGS="--seed 7"   make lock ARGS="--upgrade"

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PYTHON ?= $(shell command -v python3.11 || command -v python3)
ROOMS  := $(wildcard benchmarks chaos cli devstack runtime schemas services simulator)
ARGS   ?=
PURE   := $(BIN)/python -m pytest -q -p no:schemathesis
BOLD   := $(if $(MAKE_TERMOUT),\033[1m)
RED    := $(if $(MAKE_TERMOUT),\033[31m)
PLAIN  := $(if $(MAKE_TERMOUT),\033[0m)

export PYTHONUNBUFFERED := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONPATH

# $(call step,what is done,command,what to do if it fails)
define step
	@printf '$(BOLD)› %s$(PLAIN)\n' '$(1)'; \
	started=$$(date +%s); \
	$(2) || { code=$$?; printf '\n$(RED)✗ %s$(PLAIN)\n  → %s\n' '$(1)' '$(3)' >&2; exit $$code; }; \
	printf '  ok (%s s)\n' "$$(($$(date +%s) - started))"
endef

.PHONY: help
help: ## this list
	@printf 'aftercare: what `make` can do here\n\n'
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS="$$(printf '\t')" read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

# ------------------------------------------------------------ the system
.PHONY: demo up down bench chaos train eval-triage docs
demo: $(STAMP) ## a livestream spike end to end on real Kafka and PostgreSQL, checked at the end
	@$(BIN)/aftercare demo $(ARGS)

up: $(STAMP) ## start the whole system on this machine and keep it running
	@$(BIN)/aftercare up $(ARGS)

down: $(STAMP) ## stop what `make up` started
	@$(BIN)/aftercare down $(ARGS)

bench: $(STAMP) ## every figure measured anew, beside other designs (20 minutes)
	@$(BIN)/aftercare bench $(ARGS) && $(BIN)/aftercare docs export

chaos: $(STAMP) ## break the running system for five minutes by a seed (SEED=n) and have it judged
	@$(BIN)/aftercare chaos $(if $(SEED),--seed $(SEED)) $(ARGS)

train: $(STAMP) ## the model of triage from its texts: the same bytes (ARGS=--check compares only)
	@$(BIN)/python -m services.triage.training $(ARGS)

eval-triage: $(STAMP) ## how well messages are read, on labelled ones (ARGS="--data FOLDER")
	@$(BIN)/python -m benchmarks.triage $(ARGS)

docs: $(STAMP) ## write the generated documents anew (JSON Schema catalog, AsyncAPI, message map)
	@$(BIN)/aftercare docs export $(ARGS)

# ------------------------------------------------------------ the proof
.PHONY: check test nightly lint types layers rules unit unit-triage unit-others format
check: ## lint, types, layers, house rules and unit tests: about a minute
	@started=$$(date +%s); \
	$(MAKE) $(STAMP) && { $(MAKE) -k -j2 --output-sync=target ARGS= lint layers unit types rules || \
		{ printf '\ncheck: not good; what failed stands above, marked ✗\n' >&2; exit 1; }; } && \
	printf '\ncheck: all good in %s s\n' "$$(($$(date +%s) - started))"

test: check ## check, then every test that needs a database, a broker or the whole system
	$(call step,tests on real PostgreSQL and Kafka,$(BIN)/python -m pytest tests -m "not unit and not architecture and not nightly" -v --durations=10 $(ARGS),one test again: $(BIN)/python -m pytest PATH::NAME)

nightly: $(STAMP) ## hours: 10,000 simulated seeds, much bad input, chaos that must fail without safeguards
	$(call step,properties with new examples,$(BIN)/python -m pytest tests/unit -m "hypothesis and not nightly" --hypothesis-profile=nightly -q,the example that failed stands above: keep it with @example)
	$(call step,nightly tests,$(BIN)/python -m pytest tests -m nightly --hypothesis-profile=nightly -v $(ARGS),one test again: $(BIN)/python -m pytest PATH::NAME)

lint: $(STAMP)
	$(call step,ruff: rules,$(BIN)/ruff check --quiet .,many are mended by: $(BIN)/ruff check --fix .)
	$(call step,ruff: layout,$(BIN)/ruff format --check --quiet .,mended by: make format)

types: $(STAMP)
	$(call step,mypy: strict,$(BIN)/mypy $(ROOMS) tests,each line above names file and line; an untyped library gets its own override in pyproject.toml)

layers: $(STAMP)
	$(call step,import-linter: layers,$(BIN)/lint-imports --no-logo,the chain above names the import to take out; the layers are drawn in CONTRIBUTING.md)

rules: $(STAMP)
	$(call step,pytest: rules of the house,$(PURE) tests/architecture,each finding names file - line - rule; the rules are listed in CONTRIBUTING.md)

# Two halves of about the same length, each for a core of its own.
unit: unit-others unit-triage

unit-others: $(STAMP)
	$(call step,pytest: unit tests but for triage,$(PURE) tests/unit -m "not nightly" --ignore=tests/unit/triage $(ARGS),one test again: $(BIN)/python -m pytest PATH::NAME)

unit-triage: $(STAMP)
	$(call step,pytest: unit tests of triage,$(PURE) tests/unit/triage -m "not nightly" $(ARGS),one test again: $(BIN)/python -m pytest PATH::NAME)

format: $(STAMP) ## lay out the code and mend what can be mended by itself
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

# ------------------------------------------------------------ the installation
.PHONY: install lock clean
install: $(STAMP) ## make .venv from requirements.lock (every other target does it by itself)

$(STAMP): requirements.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo 'aftercare needs Python 3.11 or newer and finds no python3; name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ printf 'aftercare needs Python 3.11 or newer; %s is %s\nName another one: make PYTHON=/path/to/python3.11\n' \
			'$(PYTHON)' "$$('$(PYTHON)' --version 2>&1)" >&2; exit 1; }
	@[ -x $(BIN)/python ] || { echo '› making $(VENV)'; "$(PYTHON)" -m venv $(VENV) || \
		{ echo '  → Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }; }
	@awk '/^[^ ]/ { keep = /^(packaging|pip|setuptools)==/ } keep' requirements.lock > $(VENV)/build.lock
	$(call step,installing the build tools,$(BIN)/python -m pip install --quiet --progress-bar off --require-hashes -r $(VENV)/build.lock,is a package index in reach? then: make clean and try again)
	$(call step,installing $(shell grep -c == requirements.lock) pinned packages (the first time takes a minute or two),$(BIN)/python -m pip install --quiet --progress-bar off --require-hashes --no-build-isolation -r requirements.lock,is a package index in reach? then: make clean and try again)
	$(call step,installing aftercare itself,PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-index --no-deps --no-build-isolation -e .,is pyproject.toml sound? the error above says where)
	@touch $@

# Run in an empty folder, so that no path of this machine and no address can get into the file.
lock: $(STAMP) ## write requirements.lock anew from pyproject.toml (hashes, no addresses)
	@printf '› resolving (about a minute)\n'; \
	work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT && \
	cp pyproject.toml requirements.lock "$$work" && cd "$$work" && : > README.md && \
	env -u PIP_FIND_LINKS PYTHONWARNINGS=ignore "$(CURDIR)/$(BIN)/pip-compile" --quiet --extra dev --build-deps-for editable \
		--allow-unsafe --generate-hashes --strip-extras --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--output-file requirements.lock pyproject.toml $(ARGS) && \
	sed -i '/^#/d; /^$$/d' requirements.lock && \
	if grep -nE '://|^-|@ ' requirements.lock; then echo '✗ the lock holds an address' >&2; exit 1; fi && \
	cp requirements.lock "$(CURDIR)/requirements.lock" && \
	printf '  ok: %s packages; `make install` takes them over\n' "$$(grep -c == requirements.lock)"

clean: ## remove everything that was made here: .venv, caches, data of `make up` and `make demo`
	@if [ -x $(BIN)/aftercare ] && [ -d .aftercare ]; then $(BIN)/aftercare down || \
		{ echo '  → end what still runs from .aftercare, or remove that folder; then make clean again' >&2; exit 1; }; fi
	@rm -rf $(VENV) .aftercare build dist ./*.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
