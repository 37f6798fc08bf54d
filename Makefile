# Everything here sets itself up in .venv; nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
# Tests start many processes: none shall compile the program anew, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test check format quality judge train bench picture clean
.DEFAULT_GOAL := run

run: $(VENV)/.ready ## do the main job once on the configured sources (as delivered: the bundled seeds)
	@$(BIN)/feedsvc update
	@echo "Open output/index.html in a browser, or subscribe to output/fentanyl.atom in a feed reader."

test: $(VENV)/.ready-dev ## the tests, within five minutes
	@$(BIN)/python -m pytest -q -n auto -m "not slow"

check: $(VENV)/.ready-dev ## what CI does: format, lint, types, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n auto

format: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

quality: $(VENV)/.ready-dev ## score matching on ../shared's labelled articles; fails below the pinned floors
	$(BIN)/python -m bench.quality

judge: $(VENV)/.ready-dev ## score matching with a simulated judge, right, wrong and gone
	$(BIN)/python -m bench.judge

train: $(VENV)/.ready-dev ## learn the pair score from ../shared's labelled articles: feedsvc/events/model.json
	$(BIN)/python -m bench.train

bench: $(VENV)/.ready-bench ## speed and memory beside peers and limits: bench/RESULTS.md; within ten minutes
	$(BIN)/python -m bench.suite

picture: $(VENV)/.ready-dev run ## docs/page.png, the README's picture; needs Chromium
	$(BIN)/python docs/picture.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "feedsvc needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --without-pip $(VENV)
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		$(PYTHON) -m pip --python $(BIN)/python install -q pip || \
		{ rm -rf $(VENV); echo "No pip here. On Debian: apt-get install python3-venv" >&2; exit 1; }; fi

$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Setting up $(VENV) ..."
	@$(BIN)/python -m pip install -q --use-pep517 -e .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Setting up $(VENV) with the tools for tests ..."
	@$(BIN)/python -m pip install -q --use-pep517 -e '.[dev]'
	@touch $@ $(VENV)/.ready

$(VENV)/.ready-bench: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Setting up $(VENV) with what measuring needs ..."
	@$(BIN)/python -m pip install -q --use-pep517 -e '.[dev,bench]'
	@touch $@ $(VENV)/.ready-dev $(VENV)/.ready

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
