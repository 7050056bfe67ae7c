# Two commands do everything on a fresh machine with Python and make: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ASSIGNMENTS := $(notdir $(patsubst %/,%,$(wildcard assignments/*/)))
OTHERS := $(filter-out cnn,$(ASSIGNMENTS))

.PHONY: all setup demo quick coverage test browser pictures long attacks test-gpu lint typecheck format stubs regenerate schemas bench clean

all: lint typecheck test long attacks

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	$(BIN)/grader grade cnn tests/submissions/cnn --out results/demo --sandbox auto
	for name in $(OTHERS); do \
	    $(BIN)/python tests/make_class.py $$name results/classes/$$name 4 && \
	    $(BIN)/grader grade $$name results/classes/$$name --out results/demo-$$name --sandbox auto || exit; done

# Every test that starts no process, in well under a minute; one thread in each, or they wait for one another.
quick: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m quick -n 2

# The same run, and how much of grader/ it executes in its own processes. CI prints the figure; nothing depends on it.
coverage: setup
	$(BIN)/coverage erase
	OMP_NUM_THREADS=1 $(BIN)/coverage run -m pytest -m quick -n 2 -q
	$(BIN)/coverage combine --quiet
	@echo "coverage: $$($(BIN)/coverage report --format=total) % of grader/, over make quick"

# Two files at a time: most of their time is one thread's.
test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Then those that others on the machine would disturb, or that would disturb them.
long: setup
	$(BIN)/python -m pytest -m 'long and not solitary' -n 2 --dist loadfile
	$(BIN)/python -m pytest -m 'long and solitary'

# The pages in Chromium, where one is installed.
browser: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[browser]'
	$(BIN)/python -m pytest tests/test_browser.py tests/test_browser_mark.py

# The pictures of those pages in the docs, of the sample class.
pictures: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[browser]'
	$(BIN)/python tests/make_pictures.py docs/images

# The whole catalogue. root runs it as root and, at the same time, as an ordinary user, each in a view of this machine
# that lets it reach Python.
ATTACKS := $(BIN)/python -B -m pytest -p no:cacheprovider tests/test_attacks.py
attacks: export GRADER_ATTACKS := all
attacks: setup
	$(BIN)/python -m pytest tests/test_endurance.py
	if [ "$$(id -u)" != 0 ]; then $(ATTACKS); \
	else $(MAKE) -j 2 --output-sync attacks-as-0 attacks-as-65533; fi

attacks-as-%:
	$(BIN)/python tests/machine_view.py $* $(ATTACKS)

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
	for name in $(ASSIGNMENTS); do $(BIN)/grader stubs $$name || exit; done

regenerate: setup
	for name in $(ASSIGNMENTS); do $(BIN)/grader regenerate $$name || exit; done

# On a machine with a GPU, or dry with DEVICE=cpu. It installs nothing: PACKAGES is a folder with what PYTHON lacks.
DEVICE ?= cuda
test-gpu:
	PYTHONPATH=$(CURDIR)$(if $(PACKAGES),:$(PACKAGES)) $(PYTHON) -u -B tests/on_a_gpu.py --device $(DEVICE)

# What docs/schemas promises of the files in results.
schemas: setup
	$(BIN)/python -m grader.results.schemas docs/schemas

bench: setup
	@$(BIN)/python -m benchmarks.grading
	@$(BIN)/python -m benchmarks.kinds
	@$(BIN)/python -m benchmarks.layers
	@$(BIN)/python -m benchmarks.workers
	@$(BIN)/python -m benchmarks.phases
	@$(BIN)/python -m benchmarks.loop
	@$(BIN)/python -m benchmarks.pages

clean:
	rm -rf .venv results .coverage*
