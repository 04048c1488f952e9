# boundwork: `make demo` and `make test` do all their own set-up on a machine with Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: demo test test-all lint docs bench clean

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "boundwork needs Python 3.11 or newer; set PYTHON=..." >&2; exit 2; }
	@echo "Setting up $(VENV) from requirements.lock ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)
	$(BIN)/boundwork build regulating-public-services
	@echo
	$(BIN)/boundwork validate regulating-public-services --least warning
	@echo
	$(BIN)/boundwork ask hybrid-council-types --study regulating-public-services --evidence

lint: $(STAMP)
	$(BIN)/ruff check src tests bench docs
	$(BIN)/mypy

test: lint
	@command -v java >/dev/null || echo "Java is missing: the tests of the OWL reasoner are skipped. Install a Java 17 runtime to run them (Debian: apt-get install openjdk-17-jre-headless)."
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: lint
	$(BIN)/python -m pytest -n 2

docs: $(STAMP)
	$(BIN)/python docs/generate.py

bench: $(STAMP)
	$(BIN)/python -m pip --disable-pip-version-check install --quiet "oxigraph>=0.5.13,<0.6"
	$(BIN)/python bench/run.py build --codings 10000
	$(BIN)/python bench/run.py ask --codings 10000

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache bench/out
