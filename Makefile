# Two commands do everything on a fresh machine with Python and make: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: all setup demo test lint typecheck format stubs regenerate bench clean

all: lint typecheck test

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	$(BIN)/grader grade cnn tests/submissions/cnn --out results/demo --sandbox auto

test: setup
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

typecheck: setup
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

stubs: setup
	$(BIN)/grader stubs cnn

regenerate: setup
	$(BIN)/grader regenerate cnn

bench: setup
	$(BIN)/python -m benchmarks.grading

clean:
	rm -rf .venv results
