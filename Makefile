# make demo and make test set themselves up: an environment of their own in .venv, from the pinned lock files.
# requirements.lock holds what the command needs, requirements-test.lock the extras and the tools of the tests besides.
# Needed: make, and Python 3.11 or later (another one than python3: make test PYTHON=python3.12).

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
TESTED := .venv/ready-for-tests
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
STUDY := regulating-public-services
# Debian packages that tests use. Where they cannot be installed, those tests are skipped with a line that says why.
DEBIAN := chromium virtuoso-opensource-7-bin

.DEFAULT_GOAL := help
.PHONY: help lock setup demo test test-all promises fuzz mutate lint java debian suites frontend wheel screenshots docs clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

setup: $(READY)  ## make the environment in .venv

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "boundwork needs Python 3.11 or later, and $(PYTHON) is not: try make PYTHON=python3.11" >&2; exit 1; }
	@echo "Setting up .venv from requirements.lock (once)."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(TESTED): requirements-test.lock $(READY)
	@echo "Adding what the tests need from requirements-test.lock (once)."
	@$(PIP) --require-hashes --requirement requirements-test.lock
	@touch $@

lock: $(READY)  ## write the lock files again from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header --group install -o requirements.lock
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --extra web --extra plot --extra spark --group test --constraint requirements.lock -o requirements-test.lock

demo: $(READY)  ## build and check the shipped study, and answer its first question
	@echo '$$ boundwork build $(STUDY)'
	@$(BIN)/boundwork build $(STUDY)
	@echo
	@echo '$$ boundwork validate $(STUDY) --least violation'
	@$(BIN)/boundwork validate $(STUDY) --least violation
	@echo
	@echo '$$ boundwork ask hybrid-council-types --study $(STUDY) --evidence'
	@$(BIN)/boundwork ask hybrid-council-types --study $(STUDY) --evidence

test: lint java debian suites  ## lint, types and all tests but the slow ones
	$(BIN)/pytest -q -n 2 -m "not slow"

test-all: lint java debian suites  ## lint, types and every test, slow ones too; goes on where it was interrupted
	$(BIN)/python tests/full_run.py
	$(BIN)/python docs/promises.py

promises: $(TESTED) debian suites  ## every test of the promises, slow ones too, and docs/promises.md; goes on where it was interrupted
	$(BIN)/python tests/full_run.py --promises
	$(BIN)/python docs/promises.py

fuzz: $(TESTED)  ## a million inputs for the readers and as many for the parameters, guided by coverage; what is new goes to build/fuzz
	@mkdir -p build/fuzz build/fuzz-parameters
	$(BIN)/python tests/fuzz/fuzz_readers.py -runs=1000000 -timeout=60 -rss_limit_mb=1024 -artifact_prefix=build/ build/fuzz tests/fuzz/corpus
	$(BIN)/python tests/fuzz/fuzz_parameters.py -runs=1000000 -max_len=2000 -timeout=60 -rss_limit_mb=2048 -artifact_prefix=build/ build/fuzz-parameters tests/fuzz/parameters

mutate: $(TESTED)  ## change the code place by place and ask whether quick tests notice; goes on where it was interrupted
	$(BIN)/python tests/mutation/run.py

lint: $(TESTED)  ## ruff and mypy
	$(BIN)/ruff check src tests bench docs tools
	$(BIN)/mypy

java:
	@java -version >/dev/null 2>&1 || echo "Java is missing: the tests of the OWL reasoner are skipped. To run them, install a Java runtime (Debian: apt install default-jre-headless)."

debian:  ## install the Debian packages that tests use (as root; elsewhere say which tests are skipped)
	@missing=; for package in $(DEBIAN); do \
	  dpkg-query --show --showformat '$${Status}' $$package 2>/dev/null | grep -q '^install ok' || missing="$$missing $$package"; done; \
	[ -z "$$missing" ] || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { echo "Installing$$missing (once)."; \
	  apt-get -o DPkg::Lock::Timeout=300 update >/dev/null 2>&1; \
	  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends $$missing >/dev/null 2>&1; }; } || \
	echo "Not installed:$$missing. The tests that use them are skipped. To run them on Debian, as root: apt-get install$$missing"

suites: $(TESTED)
	@$(BIN)/python tests/suites/fetch.py

frontend:  ## fetch the SPARQL editor that the wheel carries (needs npm and a network)
	$(PYTHON) tools/frontend/vendor.py

wheel: frontend $(READY)  ## build the wheel in dist/, with the editor and its licences
	$(BIN)/python -m hatchling build -t wheel

screenshots: $(TESTED) debian  ## take the pictures in docs/images again
	BOUNDWORK_SCREENSHOTS=1 $(BIN)/pytest -q tests/web/test_browser.py -k pictures

docs: $(TESTED)  ## write docs/reference again from the content and the code, and the ontology as one HTML page in build/
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/ontology_html.py

clean:  ## remove .venv and everything that can be made again
	rm -rf .venv tests/suites/fetched .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist bench/out
	find src tests bench docs -name __pycache__ -type d -prune -exec rm -rf {} +
