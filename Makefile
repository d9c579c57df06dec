# All that Porchlight's people do. `make demo` and `make test` are enough to begin with.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint bench lock messages vendor clean help

help:
	@echo "make demo    a small town with ringing doorbells on this machine (PORT=, DATA=, HOMES=)"
	@echo "make test    all tests, in a real browser too"
	@echo "make check   lint and test        make bench   measurements"
	@echo "make lock    requirements*.lock from requirements*.in"

demo: $(VENV)/run
	@exec $(BIN)/python tools/demo.py

test: $(VENV)/dev tools/chromium.sh
	@tools/chromium.sh
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check: lint test

bench: $(VENV)/dev
	@status=0; for file in bench/bench_*.py; do $(BIN)/python $$file || status=1; done; exit $$status

# — The environment —

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Porchlight needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || tools/apt.sh python3-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Versions and digests only: no hosts, no paths of the machine that made them.
COMPILE := $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-header --no-emit-options

lock: $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	$(COMPILE) --output-file requirements.lock requirements.in
	$(COMPILE) --output-file requirements-dev.lock requirements-dev.in

messages: $(VENV)/dev
	$(BIN)/pybabel extract -q -F babel.cfg -k _l -o portal/messages.pot .

clean:
	rm -rf $(VENV) build *.egg-info demo-data
