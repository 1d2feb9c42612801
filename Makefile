# Every target is one command that can be typed by hand; `make -n TARGET` shows it.
# A machine with Python 3.11, git and make is enough: uv is taken from the PATH, or
# else installed into ./.tools, which nothing but this file uses.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV := $(shell command -v uv 2>/dev/null)
ifeq ($(UV),)
UV := .tools/bin/uv
TOOLS := .tools/bin/uv
endif
RUN := "$(UV)" run
DBT := $(RUN) dbt
SQL := dbt_project/models dbt_project/functions dbt_project/tests dbt_project/analyses

# Further arguments of the command: make test ARGS="-k time -x"
ARGS ?=
# Processes that share the tests, a file at a time: each has a server of its own. Files
# that take longest come first (tests/conftest.py), and not those that hold most tests.
JOBS ?= 2

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export RUNTIME__DLTHUB_TELEMETRY := false

.PHONY: help setup run test check lint lint-python lint-sql lint-yaml lint-imports \
	lint-dbt format bench kills accuracy dashboards test-dashboards audit docs \
	dagster db-start db-stop db-status db-url db-psql db-reset clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-13s %s\n", $$1, $$2}' Makefile

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv

setup: $(TOOLS) ## Install the packages into .venv
	@# Where Python may not write, each process compiles what it imports: seconds of each.
	"$(UV)" sync --compile-bytecode

run: $(TOOLS) ## Load the sample, build the marts, print the next deadlines
	$(RUN) confradar run --sample $(ARGS)

test: $(TOOLS) ## Run the tests
	$(RUN) pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: ## What a change must pass: the linters, then the tests
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory test

lint: lint-python lint-imports lint-yaml lint-sql lint-dbt ## Run every linter

lint-python: $(TOOLS)
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

lint-imports: $(TOOLS)
	$(RUN) lint-imports

lint-yaml: $(TOOLS)
	$(RUN) yamllint --strict .

# The jinja templater needs no database, and finds what the dbt templater finds.
lint-sql: $(TOOLS)
	$(RUN) sqlfluff lint --disable-progress-bar $(SQL)

# dbt-bouncer reads the manifest that parsing leaves in target/.
lint-dbt: $(TOOLS)
	$(DBT) --quiet --warn-error parse --profiles-dir profiles
	$(RUN) dbt-bouncer

format: $(TOOLS) ## Let ruff and sqlfluff rewrite what they can
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
	$(RUN) sqlfluff fix --disable-progress-bar $(SQL)

bench: $(TOOLS) ## Measure loading, building and parsing (ARGS="--claims 10000 1000000")
	$(RUN) python -m benchmarks $(ARGS)

kills: $(TOOLS) ## Kill runs at random moments and compare (ARGS="--times 30 --only client")
	$(RUN) python -m benchmarks.kills $(ARGS)

accuracy: $(TOOLS) ## Measure the extractor and the matching, write docs/accuracy.md
	$(RUN) python -m benchmarks.accuracy $(ARGS)

# Of the versions that this machine resolved; asks PyPI what is known of each, and fails
# where it knows one of them not at all.
audit: $(TOOLS) ## Look for packages with known vulnerabilities
	mkdir -p target
	"$(UV)" export --quiet --all-groups --no-emit-project --no-hashes \
		--output-file target/requirements.txt
	"$(UV)" tool run pip-audit@2.10.1 --strict --disable-pip --no-deps \
		--requirement target/requirements.txt

docs: $(TOOLS) ## Write the site of docs to target/docs (ARGS=--serve shows it)
	$(RUN) confradar docs $(ARGS)

dagster: $(TOOLS) ## Schedule runs, and show them at http://127.0.0.1:3000
	DAGSTER_HOME="$(CURDIR)/orchestration" DAGSTER_EVENT_BATCH_SIZE=1000 \
		$(RUN) dagster dev -w orchestration/workspace.yaml -h 127.0.0.1 $(ARGS)

# Superset has an environment of its own: dashboards/pyproject.toml says why.
dashboards/.venv: $(TOOLS) dashboards/pyproject.toml
	"$(UV)" sync --project dashboards
	@touch $@

dashboards: dashboards/.venv ## Serve the dashboards with Apache Superset, as the reader
	$(RUN) confradar dashboards $(ARGS)

test-dashboards: dashboards/.venv ## Import them into a fresh Superset, ask every chart
	$(RUN) pytest -m dashboards tests/test_dashboards.py $(ARGS)

db-start: $(TOOLS) ## Start the embedded PostgreSQL (also: stop status url psql reset)
	$(RUN) confradar db start $(ARGS)

db-stop db-status db-url db-psql db-reset: $(TOOLS)
	$(RUN) confradar db $(@:db-%=%) $(ARGS)

clean: ## Remove caches and build output; the database and .venv stay
	rm -rf target logs dbt_packages .pytest_cache .mypy_cache .ruff_cache \
		.hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -not -path './.venv/*' -not -path './.tools/*' \
		-prune -exec rm -rf {} +
