# What can be done with a checkout. Each target sets up what it needs; `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PYTHON

.PHONY: help setup demo test check bench simulate soak evidence lab-real lab-real-test schema lock clean

help:  ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/make \1	\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

setup: .venv/.complete  ## a .venv with every extra, as requirements.lock says

.venv/.complete: requirements.lock pyproject.toml
	@deploy/setup.sh

demo: setup  ## half a year of an invented world on loopback: status as rounds close, an order's days, then the pages
	@deploy/demo.sh

test: setup  ## every test, inside a network namespace that holds loopback only
	@tests/run

check: setup  ## style, types, import contracts, SQL, the lock
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/squawk --config schema/sql/squawk.toml schema/sql/*.sql schema/sql/migrations/*.sql schema/sql/analyst/*.sql
	$(BIN)/pytest -q tests/unit/test_house_lock.py

bench: setup  ## the figures of the budgets, each beside what it is compared with
	@tests/bench/run

simulate: setup  ## the judge in worlds whose truth is known: ROUNDS=100000 rounds, SEED=0; fails where a verdict is false
	@$(BIN)/python -m tests.simulator --rounds $${ROUNDS:-100000} --seed $${SEED:-0} --jobs $${JOBS:-2}

soak: setup  ## the lab for a long time: ROUNDS=2000 rounds, nothing lost, then gone
	@ROUNDS=$${ROUNDS:-2000} NO_SERVE=1 deploy/demo.sh

evidence: setup  ## every byte of a bundle with every bit, every insertion and deletion at 2,000 places, before both verifiers
	@EVIDENCE=all tests/run -q -o faulthandler_timeout=0 tests/evidence tests/conformance/bundles

lab-real: setup  ## real resolvers at the real addresses, in a network of their own: who is where, and how to ask
	@tests/real/run --lab .cache/lab-real

lab-real-test: setup  ## what is judged of unbound, BIND, Knot Resolver, PowerDNS and dnsdist, beside what is expected
	@tests/real/run

schema: setup  ## write what is rendered from the code: JSON Schema of every format, the page that verifies
	@$(BIN)/python -m schema.jsonschema schema/spec/json
	@$(BIN)/python -m schema.verifier.page

lock: setup  ## requirements.lock and requirements-probe.lock from pyproject.toml; UPGRADE=1 takes newer versions
	@deploy/lock.sh $(if $(UPGRADE),--upgrade)

clean:  ## everything that can be made again, .venv included
	rm -rf .venv .cache build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
