# From a bare machine with Python 3.11: `make all` runs the benchmark on the embedded data, `make test` the tests.
PYTHON ?= python3.11
VENV := .venv
READY := $(VENV)/.ready
CORES ?= 8
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"

.PHONY: all test bench lint clean

all: $(READY)
	$(RUN) snakemake --cores $(CORES) --resources gpu=1 all
	@echo "Report: $(CURDIR)/reports/miniature/index.html"

test: $(READY)
	$(RUN) python -m pytest

bench: $(READY)
	$(RUN) python -m benchmarks --save results/benchmark

lint: $(READY)
	$(RUN) ruff check . && $(RUN) ruff format --check . && $(RUN) snakefmt --check Snakefile workflow

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --requirement requirements.lock
	$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf $(VENV) .snakemake
