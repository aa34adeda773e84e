# Short names for the checks; each uses the programs of the virtual environment in .venv.
BIN := .venv/bin

.venv: pyproject.toml
	python3 -m venv .venv
	$(BIN)/pip install -q -e '.[dev]'
	touch .venv

.PHONY: test test-fast lint fmt
test: .venv            ## everything, with real servers and processes
	$(BIN)/pytest

test-fast: .venv       ## without servers and screen: less than a minute
	$(BIN)/pytest -m 'not slow' -x -q -n auto --dist loadfile

lint: .venv            ## style, types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

fmt: .venv             ## rewrite the files in the project's style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
