# Everything from a bare clone: a Python of 3.11 or later, git and make are all that is needed.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
# The constraints hold for build environments too.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where it is set, every process that a test starts compiles our modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-all test-pages test-lowest refresh-docs check format docs bench bench-detection bench-filling wheel clean

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

.venv/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "error: no Python of 3.11 or later was found; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.core: .venv/pyvenv.cfg pyproject.toml constraints.txt
	@echo "installing autoencode, and what it needs, into .venv: about a minute the first time"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/.test: .venv/.core
	@echo "installing what the tests need"
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	@touch $@

.venv/.docs: .venv/.core
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
	@touch $@

demo: .venv/.core ## Run the blog's three experiments and say where the report is
	$(BIN)/autoencode reproduce fun-with-autoencoders

# Most of its time is XLA's compiling of programs that run once; test-all has them optimised as users do. What fuses
# loops by MLIR takes a quarter of that.
test: export XLA_FLAGS = --xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false
test: .venv/.test ## The fast tier of the tests
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadgroup --hypothesis-profile=repeatable

test-all: .venv/.test ## Every test
	$(BIN)/python -m pytest -n 2 --dist loadgroup

# The reproductions take a quarter of an hour each, and are `make test-all`'s.
test-pages: .venv/.test ## The Python and the commands of every page of the documentation
	$(BIN)/python -m pytest tests/docs -n 2 -k "not reproductions"

# The lowest versions that pyproject.toml allows, of what the package itself needs. Old versions may warn of newer ones, and
# print other digits than pages show.
LOWEST := .venv-lowest

$(LOWEST)/.test: pyproject.toml
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet uv
	$(LOWEST)/bin/uv pip compile --quiet --extra onnx --resolution lowest-direct --python $(LOWEST)/bin/python \
	  --output-file $(LOWEST)/lowest.txt pyproject.toml
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --constraint $(LOWEST)/lowest.txt --editable ".[test]"
	@touch $@

test-lowest: export XLA_FLAGS = --xla_backend_optimization_level=0
test-lowest: $(LOWEST)/.test ## The fast tests with the lowest versions that pyproject.toml allows
	$(LOWEST)/bin/python -m pytest -m "not slow" -n 2 --dist loadgroup --hypothesis-profile=repeatable \
	  -o addopts=--import-mode=importlib -o filterwarnings=default \
	  --ignore=tests/browser --ignore=tests/docs --ignore=tests/golden --ignore=tests/repository

# One process, as two would write into one page.
refresh-docs: .venv/.test ## Write into the pages of the documentation what their examples print
	$(BIN)/python -m pytest tests/docs/test_snippets.py --refresh-docs -k "python_runs or commands_run" --no-header -q

check: .venv/.test ## Lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: .venv/.test ## Mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# One job of the benchmark, such as mnist; all of them where it is empty.
JOB ?=

bench: .venv/.core ## Measure ours beside the peers and the floor; one job: make bench JOB=mnist
	$(BIN)/python benchmarks/bench.py $(addprefix --job ,$(JOB))

# One part of it, such as planted; all of them where it is empty.
PART ?=

bench-detection: export PYTHONPATH = benchmarks
bench-detection: .venv/.core ## Measure anomaly detection beside PyOD; one part: make bench-detection PART=planted
	$(BIN)/python benchmarks/detection/bench_detection.py $(addprefix --part ,$(PART))

bench-filling: export PYTHONPATH = benchmarks:benchmarks/detection
bench-filling: .venv/.core ## Measure how missing cells are filled, beside scikit-learn's imputers
	$(BIN)/python benchmarks/filling.py

docs: .venv/.docs ## Build the documentation into site/
	$(BIN)/mkdocs build --strict --quiet
	@echo "documentation: site/index.html"

wheel: .venv/.test ## Build the wheel into dist/
	$(BIN)/python -m build --wheel

clean: ## Remove what the targets made, but no run
	rm -rf .venv $(LOWEST) site dist build .pytest_cache .ruff_cache .hypothesis
