# `make check` is all that CI runs, with what `pip install -e ".[dev]"` installs.
.PHONY: check format lint types floors guard test docs site pictures

check: format lint types floors guard test

format:
	ruff format --check

lint:
	ruff check

types:
	mypy

floors:
	lint-imports

guard:
	ENFORCE_NO_DB_QUERY=1 outbox-guard check .

test:
	pytest -q -n auto

# what is generated: the pages of rules and commands, and the schema of the configuration
docs:
	python docs/generate.py

# README.md and docs/ as HTML, and the pictures in docs/img (these need Chromium)
site:
	python docs/site_pages.py

pictures:
	python docs/screenshots.py
