# Every target works first, alone, and again. Without make: docs/install.md lists the same commands.

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2

PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet --quiet
STAMP := $(VENV)/.setup-stamp
DEMO := data/raw/demo-2024/round.yml data/raw/demo-2025-q1/round.yml data/raw/demo-2025-q2/round.yml \
	data/raw/demo-members-2024-q4/round.yml

export PYTHONUTF8 := 1
export MPLBACKEND ?= Agg

.DEFAULT_GOAL := help
.PHONY: help setup demo report check test bench notebooks clean

help:
	@echo "make report     scores, charts and a bulletin for every round under data/raw"
	@echo "make test       lint, format, types and tests"
	@echo "make check      lint, format and types only"
	@echo "make notebooks  run the notebooks into reports/notebooks/"
	@echo "make bench      measure speed into benchmarks/results.md"
	@echo "make demo       write the synthetic demo rounds, if they are not there"
	@echo "make setup      create $(VENV) and install the locked versions"
	@echo "make clean      delete what can be rebuilt (not data/raw, not $(VENV))"

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "Setting up $(VENV) (about a minute, once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --no-deps --no-compile -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(STAMP)

# The rounds follow one another: when one is missing, all are written again from the seed.
demo: $(STAMP)
	@for file in $(DEMO); do [ -f $$file ] || exec $(PY) -m analysis demo --overwrite; done

report: demo
	@$(PY) -m analysis report --all

check: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

test: check
	$(PY) -m pytest -n $(WORKERS)

bench: $(STAMP)
	$(PY) benchmarks/run.py

notebooks: demo
	$(PY) notebooks/run.py

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find data/processed reports -mindepth 1 ! -name .gitkeep -delete
	find analysis tests benchmarks notebooks tools -name __pycache__ -type d -prune -exec rm -rf {} +
