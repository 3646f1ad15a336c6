# From a bare machine with Python: `make all` runs the benchmark on the embedded data, `make test` the tests.
# The first of these that is new enough is taken; requirements.lock was resolved for 3.11 and holds for 3.12 and 3.13.
PYTHON ?= python3.11 python3.12 python3.13 python3
NEW_ENOUGH := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
VENV := .venv
READY := $(VENV)/.ready
CORES ?= 8
RUN := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
# Twice quiet: pip's errors are shown, its warnings are not.
PIP := $(VENV)/bin/python -m pip install --quiet --quiet --disable-pip-version-check
# Unpacks and compiles on all cores, which pip does not; it does not read pip's settings.
UV := $(VENV)/bin/python -m uv pip install --quiet --python $(VENV)/bin/python --system-certs --compile-bytecode
ON_PATH := "snakemake in this shell: source $(CURDIR)/$(VENV)/bin/activate; in a shell of its own: make shell"

.PHONY: all env shell test bench gpu-check slurm-check chaos audit weights lint clean

all: $(READY)
	@echo $(ON_PATH)
	$(RUN) snakemake --cores $(CORES) --resources gpu=1 all

env: $(READY)
	@echo $(ON_PATH)

shell: $(READY)
	@bash -c 'bash --rcfile <(cat ~/.bashrc 2>/dev/null; echo "source \"$(CURDIR)/$(VENV)/bin/activate\"") -i'

test: $(READY)
	$(RUN) python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

bench: $(READY)
	$(RUN) python -m benchmarks --save results/benchmark

# Pretrained weights that config/paper.yaml and config/day.yaml start from, into torch's cache: 0.9 GB.
weights: $(READY)
	$(RUN) python -m dakpn.training.pretrained

# Kills a small run again and again, and compares what it ends with to an undisturbed one.
chaos: $(READY)
	$(RUN) python -m benchmarks.chaos

# Known vulnerabilities of the locked packages, from the Python Packaging Advisory Database; fails where it cannot ask.
audit: $(READY)
	@set -e; place=$$(mktemp -d); trap 'rm -rf "$$place"' EXIT; \
	$(VENV)/bin/python -m venv "$$place"; \
	"$$place/bin/pip" install --quiet --quiet --disable-pip-version-check pip-audit; \
	"$$place/bin/pip-audit" --strict --no-deps --disable-pip --requirement requirements.lock

# With what is there: the environment, else a Python that has the libraries (all of pyproject.toml but Snakemake).
gpu-check:
	@python=$(VENV)/bin/python; [ -x $$python ] || python=python3; $$python -m benchmarks.gpu_check --save results/benchmark

slurm-check: $(READY)
	$(RUN) python -m pytest -v -s tests/slurm_check.py

lint: $(READY)
	$(RUN) ruff check . && $(RUN) ruff format --check . && $(RUN) snakefmt --check Snakefile workflow && $(RUN) snakemake --lint

# One at a time: a second `make` waits, and finds the environment ready. Without its mark an environment is half made and
# is built again from nothing.
$(READY): requirements.lock pyproject.toml
	@set -e; exec 9<Makefile; if command -v flock >/dev/null; then flock 9; fi; \
	if [ -e $@ ] && [ -z "$$(find $^ -newer $@)" ]; then exit 0; fi; \
	if ! [ -e $@ ]; then \
		for python in $(PYTHON) ""; do "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null && break; done; \
		if [ -z "$$python" ]; then \
			echo "make: no Python 3.11 or newer with venv among: $(PYTHON). Name one: make PYTHON=/path/to/python" >&2; \
			exit 1; \
		fi; \
		echo "Building $(VENV) with $$("$$python" --version): some minutes, 6 GB."; \
		rm -rf $(VENV); "$$python" -m venv $(VENV); \
	fi; \
	rm -f $@; \
	index=$${PIP_INDEX_URL:-$$($(VENV)/bin/python -m pip config get global.index-url 2>/dev/null || true)}; \
	if ! { $(PIP) --constraint requirements.lock uv && \
		UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$$index} $(UV) --requirement requirements.lock; }; then \
		echo "make: without uv; pip takes longer."; \
		$(PIP) --requirement requirements.lock; \
	fi; \
	$(PIP) --no-deps --no-build-isolation --editable .; \
	touch $@

clean:
	rm -rf $(VENV) .snakemake
