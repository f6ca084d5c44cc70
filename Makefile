# make demo   builds, trains and serves the bundled shop on http://127.0.0.1:$(PORT)
# make test   runs the tests;  make check  runs tests, lint, types and import contracts
# make assets builds the islands of the pages (needs Node and npm; without them the pages are whole, and plainer)
# make docs   writes docs/ontology.md and ontology/context.jsonld anew from ontology/kgrec.ttl
# make translations   brings web/translations up to date with what the pages say, and tells what is untranslated
# make bench-accuracy DATA=FOLDER [OUT=FOLDER]   measures the models on public data, five seeds each (hours), all but what
#             benchmarks/results holds already; with a folder of your own, everything
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
ISLANDS := web/static/dist/manifest.json
MODULES := web/node_modules/.ready

# Told before an environment is made for it.
ifneq ($(filter bench bench-accuracy bench-explanations,$(MAKECMDGOALS)),)
ifeq ($(DATA),)
$(error say where the public data sets lie: make $(MAKECMDGOALS) DATA=FOLDER)
endif
endif

.PHONY: demo test assets islands lint types contracts check wheel format docs translations bench bench-accuracy bench-explanations siege clean

demo: $(READY) islands
	@echo "== building (first time only) and serving the demo shop"
	$(BIN)/kgrec demo --folder .kgrec-demo --port $(PORT)

test: $(READY) islands
	@! command -v node >/dev/null || { echo "== running the tests of the islands"; \
		told=$$(node --test web/islands/tests/*.test.js) || { echo "$$told"; exit 1; }; }
	@echo "== running the tests"
	$(BIN)/pytest -n $(JOBS) --dist loadgroup

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

assets: $(ISLANDS)

# As `assets`, for those who can do without.
islands:
	@if ! command -v npm >/dev/null; then \
		test -e $(ISLANDS) || echo "== npm is not installed: the pages go without islands"; \
	else $(MAKE) --no-print-directory assets || echo "== the islands could not be built: the pages go without them"; fi

$(ISLANDS): $(MODULES) web/vite.config.js $(wildcard web/islands/*.js web/islands/*.css)
	@echo "== building the islands of the pages"
	@cd web && npm run --silent lint && npm run --silent build -- --logLevel warn

$(MODULES): web/package.json web/package-lock.json web/.npmrc
	@echo "== fetching what the islands are made of"
	@cd web && npm ci --silent && touch node_modules/.ready

wheel: $(READY) islands
	@echo "== the wheel, installed alone in an empty folder"
	bash .ci/wheel $(PYTHON)

check: test lint types contracts

format: $(READY)
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

docs: $(READY)
	$(BIN)/python -m kgrec.graph.reference docs/ontology.md ontology/context.jsonld

translations: $(READY)
	@echo "== the words of the pages"
	$(BIN)/python -m web.pages.messages

bench: $(READY)
	$(BIN)/python benchmarks/beauty.py $(DATA)

bench-accuracy: $(READY)
	@echo "== the tables of docs/benchmarks.md; stop it and it goes on where it was"
	$(BIN)/python benchmarks/accuracy.py $(DATA) --jobs $(JOBS) $(if $(OUT),--out $(OUT),--write docs/benchmarks.md)

bench-explanations: $(READY)
	@echo "== the tables of docs/explanations.md; stop it and it goes on where it was"
	$(BIN)/python benchmarks/explanations.py $(DATA) --write docs/explanations.md

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
	rm -rf $(VENV) dist build web/static/dist web/node_modules .pytest_cache .mypy_cache .ruff_cache
