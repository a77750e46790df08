# Every target makes the environment it needs in .venv; nothing outside this folder is changed, except Maven's and cargo's own caches.
.DEFAULT_GOAL := help
.PHONY: help setup demo format lint types arch test matrix interop fuzz bench soak docs spec check clean

VENV := .venv
BIN := $(VENV)/bin
SETUP := sh tools/setup.sh

help:  ## list the targets
	@awk -F ':.*##' '/^[a-z]+:.*##/ {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## make the developer's environment in .venv
	@$(SETUP) dev

demo:  ## registry, providers and consumer on one screen; needs Python 3.11 or later, nothing else
	@$(SETUP) demo
	@$(BIN)/aiodubbo demo

test:  ## run every suite that this machine has parts for, and name what was left out
	@$(SETUP) test
	@$(BIN)/python tools/run_tests.py

matrix:  ## unit and component tests on uvloop and on every other supported Python that is here (PATH or pyenv)
	@$(SETUP) test
	@$(BIN)/python tools/run_tests.py matrix

interop:  ## only the suite against real Java Dubbo (needs a JDK and Maven)
	@$(SETUP) test
	@$(BIN)/python tools/run_tests.py interop

format:  ## format the code and sort the imports
	@$(SETUP) dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint:  ## formatting, lint rules, spelling
	@$(SETUP) dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell

types:  ## mypy --strict on everything, and what type checkers of users see
	@$(SETUP) dev
	$(BIN)/mypy src tests tools benchmarks examples fuzz
	$(BIN)/python tools/verify_types.py

arch:  ## rooms with their lines, the longest files, classes and functions; layers, forbidden imports, circles
	@$(SETUP) dev
	$(BIN)/python tools/rooms.py
	$(BIN)/lint-imports --config pyproject.toml

check: lint types arch spec test  ## all of the above: what a change must pass

spec:  ## requirement -> tests; fails for a requirement that is cited but not listed, and when docs/conformance.md is out of date
	@$(SETUP) dev
	$(BIN)/python tools/conformance.py --check

docs:  ## write the generated pages of docs/ anew
	@$(SETUP) dev
	$(BIN)/python tools/conformance.py
	$(BIN)/python tools/generate_docs.py

bench:  ## codec and echo benchmarks beside grpc.aio and a raw echo, as ratios; registries with 10 000 services
	@$(SETUP) bench
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.registries

fuzz:  ## feed the decoders mutated bytes for FUZZ_SECONDS (60) each
	@$(SETUP) dev
	$(BIN)/python -m fuzz --seconds $${FUZZ_SECONDS:-60}

soak:  ## calls for SOAK_SECONDS (600) while providers come and go; memory and tasks must not grow
	@$(SETUP) test
	$(BIN)/python -m benchmarks.soak --seconds $${SOAK_SECONDS:-600}

clean:  ## remove the environment and every cache inside this folder
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
