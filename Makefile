# Needs Python 3.11+, make and a package index. No apt, no sudo, no torch, no GPU.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO   := demo
TORCH  := torch==2.13.0
SONG   := $(firstword $(wildcard examples/*.ogg examples/*.m4a examples/*.mp3))

.PHONY: demo test quick lint types contracts bench lock clean

demo: $(STAMP)  ## set up, then make the film of the demo song starring an understudy (a synthetic person)
	$(BIN)/limelight star understudy ada --if-missing
	mkdir -p $(DEMO)
	$(BIN)/limelight make "$(SONG)" --lyrics "$(wildcard examples/*.lyrics.txt)" --star ada -o $(DEMO)/film.mp4
	$(BIN)/limelight inspect $(DEMO)/film.mp4
	@echo "The film: $(DEMO)/film.mp4   Its report: $(DEMO)/film.report.html"

test: $(STAMP) $(VENV)/.diffusion  ## set up, then lint, types, contracts and all tests that need no system package
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -m "not browser"

quick: $(STAMP)  ## the tests that take no real model
	$(BIN)/pytest -m "not browser and not slow"

lint: $(STAMP)
	$(BIN)/ruff format -q .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

bench: $(STAMP)  ## the benchmarks that need nothing but this repository; bench/README.md lists all
	$(BIN)/limelight star understudy ada --if-missing
	for script in encode.py lips.py "listen.py truth" "listen.py keys" form.py liveness_frame.py chain.py; do \
		echo "== bench/$$script"; $(BIN)/python bench/$$script || exit 1; done

lock:  ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes -q -o requirements/base.lock
	uv pip compile requirements/dev.in -c requirements/base.lock --universal --python-version 3.11 --generate-hashes -q -o requirements/dev.lock
	uv pip compile requirements/diffusion.in -c requirements/base.lock -c requirements/dev.lock --override requirements/no-torch.txt --no-emit-package torch --universal --python-version 3.11 --generate-hashes -q -o requirements/diffusion.lock

$(STAMP): requirements/base.lock requirements/dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Limelight needs Python 3.11 or later, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/base.lock -r requirements/dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# What the diffusion camera's tests need. torch has one version and several builds: the index that is configured decides
# whether it is the CPU's or CUDA's, so it stands in no list with hashes. Without it those tests are skipped, and say so.
$(VENV)/.diffusion: $(STAMP) requirements/diffusion.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/diffusion.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check "$(TORCH)" && touch $@ \
		|| echo "NOTE: $(TORCH) could not be installed here: the diffusion camera's tests will be skipped."

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache
