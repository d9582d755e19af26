# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

.DEFAULT_GOAL := help
SHELL := /bin/sh

run := $(CURDIR)/tests/tools/run
venv := .venv/installed
copy := .build/sanity/ansible_collections/entra/crosstenant
on_copy := ANSIBLE_COLLECTIONS_PATH=$(CURDIR)/.build/sanity $(run)
python_sources := $(wildcard plugins) tests
checks := sanity lint types docs-lint changelog-lint format

.PHONY: help
help: ## this list
	@sed -n -E 's/^([a-z-]+):.*## (.*)/make \1	\2/p' Makefile | expand -t 16

.PHONY: venv
venv: $(venv) ## the working environment, in .venv
$(venv): tests/tools/requirements.txt tests/tools/make-venv
	tests/tools/make-venv .venv tests/tools/requirements.txt
	@touch $@

.PHONY: test
test: $(venv) ## the test suite
	$(run) pytest -c tests/pytest.ini --rootdir=. --numprocesses=auto --maxprocesses=4 --dist=worksteal $(wildcard tests/unit tests/integration tests/faults tests/hygiene)

.PHONY: contract
contract: $(venv) .build/contract/installed ## the simulator and the requests, against Microsoft's own client
	$(run) pytest -c tests/pytest.ini --rootdir=. --quiet tests/contract

.build/contract/installed: tests/contract/requirements.txt tests/tools/make-venv
	tests/tools/make-venv .build/contract tests/contract/requirements.txt
	@touch $@

.PHONY: test-long
test-long: $(venv) ## both ways in compared, and the role killed at every request that it sends; takes long
	BOTH_WAYS=1 $(run) pytest -c tests/pytest.ini --rootdir=. --numprocesses=auto --maxprocesses=4 --dist=worksteal tests/integration tests/faults/every_crash.py

.PHONY: check
check: $(venv) copy ## lint, sanity, types, documentation
	@$(MAKE) --no-print-directory --keep-going --output-sync=target --jobs=3 $(addprefix check-,$(checks))
	@echo "check: all passed ($(checks))"

.PHONY: copy
copy: $(venv)
	@$(run) python tests/tools/copy_tree.py $(copy)

.PHONY: $(addprefix check-,$(checks))
check-sanity:
	$(on_copy) tests/tools/sanity $(copy)

check-lint:
	cd $(copy) && $(on_copy) ansible-lint --offline --nocolor -c tests/tools/ansible-lint.yml

check-types:
	$(run) mypy --config-file tests/tools/mypy.ini --cache-dir .build/mypy .build/tree/ansible_collections/entra/crosstenant/plugins tests

check-docs-lint:
	$(on_copy) antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self --check-extra-docs-refs $(copy)

check-changelog-lint:
	$(run) antsibull-changelog lint

check-format:
	$(run) ruff check --config tests/tools/ruff.toml $(python_sources)
	$(run) ruff format --check --config tests/tools/ruff.toml $(python_sources)

.PHONY: demo
demo: $(venv) ## the main job, on the bundled Graph simulator
	$(run) .venv/bin/python tests/demo/demo.py

.PHONY: bench
bench: $(venv) ## how fast it is
	cd tests && $(run) python -m benchmark.bench $(BENCH)

.PHONY: matrix
matrix: $(venv) ## the tests under each ansible-core that is supported
	$(run) python tests/tools/matrix.py $(CORES)

.PHONY: docs
docs: $(venv) copy ## the documentation site, in .build/docs
	$(on_copy) tests/tools/site .build/docs
	@echo 'docs: .build/docs/build/html/index.html'

.PHONY: format
format: $(venv) ## ruff, repairing what it can
	$(run) ruff check --fix --config tests/tools/ruff.toml $(python_sources)
	$(run) ruff format --config tests/tools/ruff.toml $(python_sources)

.PHONY: lock
lock: ## newer versions of everything in .venv
	tests/tools/lock

.PHONY: clean
clean: ## remove everything make has written
	rm -rf .venv .build
