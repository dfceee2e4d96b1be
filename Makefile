# Two commands are all a newcomer needs: `make run` and `make test`. The rest is for developers.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
RUN_STAMP := .venv/.installed-run
DEV_STAMP := .venv/.installed-dev

.PHONY: run test lint format lock bench prove quality pictures clean
.DEFAULT_GOAL := run

# One whole conversation in the terminal, on a sample photo, with real files at the end.
run: $(RUN_STAMP)
	@$(BIN)/python -m bots chat --script samples/first-figurine.txt --user newcomer --downloads figurines

# Everything that CI runs.
test: lint
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

lint: $(DEV_STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(DEV_STAMP)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# Seconds and memory of every stage, beside a named peer where one is installed.
bench: $(RUN_STAMP)
	@$(BIN)/python -m benchmarks.sculpt

# The long versions of what `make test` proves in short: kills at every moment, years, damaged files, a million rows, and a
# soak of SOAK_MINUTES, twenty if nothing is said. An hour and a half.
prove: $(DEV_STAMP)
	@PROVE=1 $(BIN)/python -m pytest --timeout 3600 tests/crash tests/core/retention \
	  tests/core/queue/test_fairness.py tests/storage/test_migrations.py tests/contracts/test_stores_ledger.py
	@$(BIN)/python -m benchmarks.fuzz_decode
	@$(BIN)/python -m benchmarks.kills
	@$(BIN)/python -m benchmarks.sweep_rows
	@$(BIN)/python -m benchmarks.soak

# Every sample photo in every style, as pictures and figures under docs/quality.
quality: $(RUN_STAMP)
	@$(BIN)/python -m benchmarks.quality

# The README's two conversations, played with the sculpt engine on the platforms' stand-ins and drawn by Chromium.
pictures: $(DEV_STAMP)
	@$(BIN)/python -m tests.pictures

# Pins every dependency, with hashes, for `make run` and for `make test`.
lock: $(DEV_STAMP)
	@for name in run dev; do \
	  $(BIN)/pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host $$( [ $$name = dev ] && echo --extra dev ) \
	    -o requirements/$$name.txt pyproject.toml; done

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis figurines

.venv/pyvenv.cfg:
	@[ -n "$(PYTHON)" ] && $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Python 3.11 is needed: install it (Debian, Ubuntu: apt install python3.11 python3.11-venv) or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ctypes; ctypes.CDLL("libatomic.so.1")' 2>/dev/null || \
	  { echo "The system library libatomic is needed for rendering: apt install libatomic1 (Debian, Ubuntu) or dnf install libatomic (Fedora)."; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv module is needed: apt install python3.11-venv (Debian, Ubuntu)."; exit 1; }

$(RUN_STAMP): .venv/pyvenv.cfg requirements/run.txt core/generation/sculpt/networks/__init__.py
	@echo "Installing (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m bots networks
	@touch $@

$(DEV_STAMP): $(RUN_STAMP) requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
