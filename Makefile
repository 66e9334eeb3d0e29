# Few verbs. Each sets up what it needs by itself and can be repeated.
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench soak setup

help:  ## say what there is
	@echo "Trimtab: one YAML file steers a machine-learning system."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:
	@tools/setup

demo: setup  ## data, training, evaluation and a served model on this machine, with live progress
	@tools/demo

test: setup  ## run the tests (ARGS="-k spec" picks some)
	@.venv/bin/python -m pytest $(ARGS)

lint: setup  ## style, types, one-way imports, and generated files that are up to date
	@tools/lint

bench: setup  ## how fast it is, side by side with its peers
	@.venv/bin/python -m benchmarks $(ARGS)

soak: setup  ## hours: 20,000 steps of strangers, a kill around every call (ARGS="-k drift" picks some)
	@.venv/bin/python -m pytest tests/soak -m soak -s $(ARGS)
