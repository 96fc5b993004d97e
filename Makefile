# Everything a user or developer runs. `make help` lists it. Set-up needs Python 3.11+, Node 20+ and make only.
SHELL := /bin/sh
PY := .venv/bin/python
STAMPS := .stamps
VENDOR := src/dealvoice/web/static/vendor

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench soak audit screenshots coverage errors lock clean

help: ## list the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMPS)/python $(STAMPS)/assets ## install everything into .venv and node_modules

$(STAMPS)/venv:
	@mkdir -p $(STAMPS)
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	python3 -m venv .venv
	@touch $@

$(STAMPS)/python: $(STAMPS)/venv requirements.lock pyproject.toml sandbox/pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e sandbox
	@touch $@

$(STAMPS)/node: package.json package-lock.json
	@mkdir -p $(STAMPS)
	npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(STAMPS)/assets: $(STAMPS)/node
	@mkdir -p $(VENDOR)
	cp node_modules/htmx.org/dist/htmx.min.js $(VENDOR)/htmx.min.js
	cp node_modules/@pipedrive/app-extensions-sdk/dist/index.umd.js $(VENDOR)/app-extensions-sdk.js
	@touch $@

demo: setup ## the product on SQLite beside the sandbox; prints the address of a deal, Ctrl-C stops all
	@.venv/bin/dealvoice-sandbox demo

test: setup ## the whole suite; installs the browser that it needs
	@sh tests/system-packages.sh
	@$(PY) tests/run.py

check: setup ## format, lint, types, imports, fast tests
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	.venv/bin/deptry src
	npx --no-install tsc -p tsconfig.json
	@$(PY) tests/run.py --fast

bench: setup ## figures
	@$(PY) bench/run.py

soak: setup ## long seeds and many kills
	@sh tests/system-packages.sh
	@$(PY) tests/run.py --soak

audit: setup ## known holes, unsafe code, secrets; the list of components; says what could not be reached
	@$(PY) tests/security/audit.py

screenshots: setup ## pictures of every screen, into build/screenshots
	@sh tests/system-packages.sh
	@$(PY) tests/e2e/screenshots.py

coverage: setup ## write anew what the sandbox's tables of rules say of it
	@.venv/bin/dealvoice-sandbox coverage

errors: setup ## write docs/errors.md anew from the product's texts
	@PYTHONPATH=tests $(PY) tests/playground/findings_page.py

lock: ## write the locks anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" --no-emit-index-url --quiet --extra dev pyproject.toml sandbox/pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" --no-emit-index-url --quiet --no-annotate --constraints requirements.lock pyproject.toml -o deploy/run.lock
	echo hatchling | uv pip compile --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" --no-emit-index-url --quiet --no-annotate --constraints requirements.lock - -o deploy/build.lock
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund

clean: ## remove what set-up and runs have made
	rm -rf .venv node_modules .stamps .demo build $(VENDOR)
