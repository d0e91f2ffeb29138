# Everything that a person or CI does with this repository.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

UV := $(shell command -v uv || echo .uv/bin/uv)
RUN := $(UV) run --frozen --quiet
ROOT := $(shell test "$$(id -u)" = 0 && echo yes)
# Five for two processors, because tests often wait for what they have started; as many fleets,
# each of which takes almost 1 GB. More of them would spoil each other's caches.
WORKERS := $(shell echo $$(( (5 * $$(getconf _NPROCESSORS_ONLN) + 1) / 2 )))
export UV_PYTHON_DOWNLOADS := never
# The system's own, if it is new enough: Debian builds it with every optimisation, others often do not.
SYSTEM_PYTHON := $(shell /usr/bin/python3 -c 'import sys; sys.version_info < (3, 11) or print(sys.executable)' 2>&-)
ifneq ($(SYSTEM_PYTHON),)
export UV_PYTHON ?= $(SYSTEM_PYTHON)
endif
# A company that looks into TLS has its authority in the system store.
export UV_SYSTEM_CERTS := true
# Tests start hundreds of processes: compiling every module anew would be most of their work.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := true
# Only these are collected for real hosts. Those that take longest go first, the shortest last.
FLEET_TESTS = tests/story tests/conformance tests/transaction \
  $(shell grep -rl --include='test_*.py' 'pytest.mark.fleet' tests | sort)
# Files are handed out in this order: those that take longest go first, so that none is left over.
LONGEST := tests/transaction tests/practice tests/screens tests/registries
UNIT_TESTS = $(LONGEST) $(filter-out $(LONGEST) %/__pycache__,$(patsubst %/,%,$(wildcard tests/*/)))
# Servers of these tests have authorities of their own; to load this machine's takes each client 20 ms.
# Not for uv, which may need them.
UNIT := $(RUN) env SSL_CERT_FILE=/dev/null pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m 'not fleet'
# Their hosts wait for deadlines, and must not miss them for those that compute.
WAITING = $(filter tests/transaction% tests/practice%,$(UNIT_TESTS))
COMPUTING = $(filter-out $(WAITING),$(UNIT_TESTS))
# Ends a run with the figures of the conformance suite.
REPORT := -p tests.conformance.report

.PHONY: help env packages runtimes check unit fleet-test conformance test demo demo-real bench words clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# A fresh Debian has Python without what makes environments: as root it is installed.
env: ## Create the environment from the lock
	@test -x "$(UV)" || { \
	  python3 -c 'import ensurepip, venv' 2>/dev/null || $(if $(ROOT), \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; }, \
	    { echo 'Python cannot make environments here: "apt install python3-venv" as root' >&2; exit 1; }); \
	  python3 -m venv .uv && .uv/bin/pip install --quiet uv; }
	@$(UV) sync --frozen --inexact --quiet

# Their services are started by tests, on addresses of their own, and by nobody else.
packages: ## Install the Debian packages that the real fleet and its tests need (as root)
	@missing=$$(python3 -m tests.fleet packages); \
	if [ -n "$$missing" ]; then \
	  policy=/usr/sbin/policy-rc.d; \
	  if [ ! -e $$policy ]; then \
	    trap "rm -f $$policy" EXIT; printf '#!/bin/sh\nexit 101\n' >$$policy; chmod 755 $$policy; \
	  fi; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing; \
	fi

# Some minutes of a processor each, so it is not done unasked: tests show what is there.
runtimes: env packages ## Build runtimes that Debian does not have, for the real fleet (as root)
	$(RUN) python -m tests.fleet runtimes

# Side by side: types take as long as all others. Collecting tests finds those that cannot be
# loaded, and keeps their compiled modules for the workers of the stages to come.
CHECKS := types lint contracts shell spelling collection
.PHONY: $(CHECKS)

check: env ## Lint, format, types, import contracts, shell, spelling, whether all tests load
	@$(MAKE) --no-print-directory --output-sync=target --jobs 2 $(CHECKS)

types:
	$(RUN) mypy

lint:
	$(RUN) ruff check .
	$(RUN) ruff format --check .

contracts:
	$(RUN) lint-imports --no-logo

shell:
	$(RUN) shellcheck --shell=sh $$(git ls-files 'assets/host/*.sh' 'assets/practice/*.sh')

spelling:
	$(RUN) codespell

# Without any program, as on a fresh machine: what tests need is installed later.
collection:
	@said=$$(PATH= $(RUN) python -m pytest -qq --collect-only tests) || { echo "$$said"; exit 1; }

# As root with the packages too: some of these tests look at busybox, nginx or docker-registry.
# Side by side: tests that compute take what those that wait leave of the processors.
unit: env $(if $(ROOT),packages) ## Tests that need no real hosts
	@$(MAKE) --no-print-directory --output-sync=target --jobs 2 \
	  $(if $(WAITING),waiting) $(if $(COMPUTING),computing)

.PHONY: waiting computing

waiting:
	$(UNIT) $(WAITING)

computing:
	nice $(UNIT) $(COMPUTING) $(REPORT)

fleet-test: env packages ## Tests on real hosts (as root), with a fleet for each worker
	$(RUN) pytest -q -n $(WORKERS) --dist loadgroup --no-loadscope-reorder -m fleet $(FLEET_TESTS) $(REPORT)

conformance: env packages ## How runtimes behave: practice hosts against real ones (as root)
	$(RUN) python -m tests.conformance

# Makes a target and tells how long it took.
timed = @$(MAKE) --no-print-directory $(1) && echo "*** $(1): $$SECONDS s" >&2

# One after the other: whoever waits for a processor, a real daemon or a test, misses deadlines.
test: ## What CI runs: check, unit and, as root, fleet-test; tells the seconds of each
	$(call timed,check)
	$(call timed,unit)
ifeq ($(ROOT),yes)
	$(call timed,fleet-test)
else
	@echo '*** LEFT OUT: the fleet tests need root; run "sudo make test" for all of it ***' >&2
endif

demo: env ## Open the wizard on a practice fleet: no root, no containers, no network
	@.venv/bin/pilotage demo

demo-real: env ## Start a real fleet and open the wizard on it (as root)
	@test "$$(id -u)" = 0 || { echo 'make demo-real starts real hosts: run it as root' >&2; exit 1; }
	@$(MAKE) --no-print-directory packages
	$(RUN) python -m tests.fleet demo

bench: env ## Measure speed against others, ratios in one run
	$(RUN) --group bench python -m tests.bench.ssh
	$(RUN) python -m tests.bench.screens
	$(RUN) python -m tests.bench.demo

words: env ## Collect words for translation and compile the catalogues
	$(RUN) pybabel -q extract --no-location --sort-output -k _ -k mark -k N_ -k ngettext:1,2 \
	  -o assets/locale/pilotage.pot wizard screens
	$(RUN) pybabel -q update --no-wrap --no-fuzzy-matching --ignore-obsolete -D pilotage \
	  -i assets/locale/pilotage.pot -d assets/locale
	@rm assets/locale/pilotage.pot
	$(RUN) pybabel -q compile -D pilotage -d assets/locale

clean: ## Remove environments and caches of this checkout
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
