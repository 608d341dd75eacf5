# Soundstage. `make help` lists what can be made; settings are given as variables: make run PORT=8010 DATA_DIR="/srv/a b"
# (.env.example has them all).

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON_BIN := .venv/bin/python
RUNTIME := .venv/.installed-runtime
DEVELOPMENT := .venv/.installed-development
NODE := node_modules/.installed
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm
RUNNER := $(PYTHON_BIN) -m app.core.supervise
ARGS ?=

export PYTHON
# Every process imports some 600 modules of ours: where nobody keeps what was compiled, that is a second more for each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

## Running ------------------------------------------------------------------------------------------------------------

.PHONY: run
run: $(RUNTIME) ## Run Soundstage on this machine: PORT (8000), DATA_DIR (var), DEMO (1); Ctrl-C stops it
	@$(RUNNER) run --end-with-parent

.PHONY: status
status: $(RUNTIME) ## What runs on this DATA_DIR
	@$(RUNNER) status

.PHONY: shell
shell: $(RUNTIME) ## Run a command with the engines up: make shell ARGS="flask db current"
	@$(RUNNER) shell $(ARGS)

.PHONY: demo
demo: $(RUNTIME) ## Make the demo content without starting the server
	@$(RUNNER) shell flask demo seed

## Working on it ------------------------------------------------------------------------------------------------------

.PHONY: install
install: $(DEVELOPMENT) $(NODE) ## Install everything that tests and checks need

.PHONY: check
check: install ## Every linter, formatter and type checker
	$(PYTHON_BIN) -m ruff check .
	$(PYTHON_BIN) -m ruff format --check .
	$(PYTHON_BIN) -m mypy .
	$(PYTHON_BIN) -m bandit --quiet --recursive --configfile pyproject.toml app scripts deploy config.py wsgi.py
	.venv/bin/python -m djlint --quiet --lint templates
	$(PYTHON_BIN) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(NPM) run --silent eslint
	$(NPM) run --silent stylelint

.PHONY: test
test: check browser-known ## make check, then every test; make test ARGS="-k upload" for some of them
	@# A worker that dies ends the run: a new one in its place would wait for ever (LoadScopeScheduling of pytest-xdist 3.8).
	$(PYTHON_BIN) -m slipcover --json --out /dev/null -m pytest -n 2 --max-worker-restart=0 -p tests.harness.covered $(ARGS)

.PHONY: endurance
endurance: $(DEVELOPMENT) ## The long runs, some minutes each; writes bench/ENDURANCE.md: make endurance ARGS="-k uploads"
	$(PYTHON_BIN) -m pytest tests/endurance -p no:xdist -o 'norecursedirs=.*' $(ARGS)

.PHONY: browser
browser: $(DEVELOPMENT) ## Install a Chromium for the browser tests: Debian's as root, Playwright's otherwise
	@scripts/browser.sh

.PHONY: browser-known
browser-known: $(DEVELOPMENT)
	@scripts/browser.sh --check || { \
	  echo "NO BROWSER: the browser tests will be counted as not run. make browser installs one." >&2; \
	  test -z "$$CI"; }

.PHONY: migrations-check
migrations-check: $(RUNTIME) ## Migrate an empty database up, down to nothing, and up again
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && DATA_DIR="$$data" $(RUNNER) shell sh -ec '\
	  flask() { $(PYTHON_BIN) -m flask "$$@"; }; \
	  flask db upgrade; flask db downgrade base; flask db upgrade; flask db check'

.PHONY: bench
bench: $(DEVELOPMENT) ## Measure the budgets; writes bench/REPORT.md
	$(PYTHON_BIN) -m bench $(ARGS)

.PHONY: vendor
vendor: install ## Copy the front end's libraries from node_modules into static/vendor
	$(PYTHON_BIN) scripts/vendor.py

.PHONY: format
format: install ## Let the formatters rewrite what they can
	$(PYTHON_BIN) -m ruff check --fix-only .
	$(PYTHON_BIN) -m ruff format .

.PHONY: lock
lock: ## Choose the newest versions that requirements*.txt allow, and write constraints.txt and package-lock.json
	scripts/lock.sh

.PHONY: sbom
sbom: $(DEVELOPMENT) ## Write what all this is made of, as CycloneDX: sbom/python.cdx.json and sbom/node.cdx.json
	@scripts/supply.sh sbom

.PHONY: audit
audit: $(DEVELOPMENT) ## Ask PyPI's and npm's advisories about every version that is pinned
	@scripts/supply.sh audit

.PHONY: clean
clean: ## Remove .venv, node_modules and caches; your data in DATA_DIR stays
	rm -rf .venv .supply-tools node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +

## Set-up, done by itself ---------------------------------------------------------------------------------------------

$(RUNTIME): requirements.txt constraints.txt
	@scripts/install.sh $@ requirements.txt

$(DEVELOPMENT): requirements.txt requirements-dev.txt constraints.txt
	@scripts/install.sh $@ requirements.txt requirements-dev.txt
	@touch $(RUNTIME)

$(NODE): package.json package-lock.json | $(DEVELOPMENT)
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@
