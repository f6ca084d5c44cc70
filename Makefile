# make demo   builds, trains and serves the bundled shop on http://127.0.0.1:$(PORT)
# make test   runs the tests;  make check  runs tests, lint, types and import contracts
# make docs   writes docs/ontology.md and ontology/context.jsonld anew from ontology/kgrec.ttl
# make bench-accuracy DATA=FOLDER   measures the models on public data, five seeds each (hours)
# make bench-explanations DATA=FOLDER   measures how faithful explanations are (an hour)
# make siege MINUTES=10   splices hostile queries against a real server, beside a client that asks as usual
# All of them make their own environment in .venv first; the second time that is skipped.

PYTHON ?= python3
PORT ?= 8000
MINUTES ?= 10
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
no_data = $(error say where the public data sets lie: make $@ DATA=FOLDER)

.PHONY: demo test lint types contracts check wheel format docs bench bench-accuracy bench-explanations siege clean

demo: $(READY)
	@echo "== building (first time only) and serving the demo shop"
	$(BIN)/kgrec demo --folder .kgrec-demo --port $(PORT)

test: $(READY)
	@echo "== running the tests"
	$(BIN)/pytest -n $(JOBS)

lint: $(READY)
	@echo "== lint and format"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	@echo "== types"
	$(BIN)/mypy

contracts: $(READY)
	@echo "== import contracts"
	$(BIN)/lint-imports

wheel: $(READY)
	@echo "== the wheel, installed alone in an empty folder"
	bash .ci/wheel $(PYTHON)

check: test lint types contracts

format: $(READY)
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

docs: $(READY)
	$(BIN)/python -m kgrec.graph.reference docs/ontology.md ontology/context.jsonld

bench: $(READY)
	$(BIN)/python benchmarks/beauty.py $(or $(DATA),$(no_data))

bench-accuracy: $(READY)
	@echo "== the tables of docs/benchmarks.md; stop it and it goes on where it was"
	$(BIN)/python benchmarks/accuracy.py $(or $(DATA),$(no_data)) --jobs $(JOBS) --write docs/benchmarks.md

bench-explanations: $(READY)
	@echo "== the tables of docs/explanations.md; stop it and it goes on where it was"
	$(BIN)/python benchmarks/explanations.py $(or $(DATA),$(no_data)) --write docs/explanations.md

siege: $(READY)
	@echo "== a siege of the SPARQL endpoint for $(MINUTES) minutes"
	$(BIN)/python benchmarks/siege.py --minutes $(MINUTES)

$(READY): pyproject.toml constraints.txt
	@echo "== making the environment in $(VENV) (a few minutes the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kgrec needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache
