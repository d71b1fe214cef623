# Set up and run: make serve. Set up and test: make test.
# Another Python: make serve PYTHON=python3.12. On an NVIDIA card: CMAKE_ARGS=-DGGML_CUDA=on make serve
PYTHON ?= python3
BENCH ?= service
JOBS ?= 3
CHAOS ?= kills
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev
AUDIT := $(VENV)/.installed-audit

.DEFAULT_GOAL := help
.PHONY: help serve test check audit bench chaos clean

help: ## Show what there is
	@echo "Looksee: a customer-service bot that looks at screenshots."; echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

serve: $(RUNTIME) ## Set up if need be, and run everything that is configured
	@exec $(BIN)/looksee serve

# Most tests wait more than they work, so that there may be more of them than cores.
test: check ## Set up if need be, and run all checks and tests; JOBS=1: one after the other
	$(BIN)/pytest -n $(JOBS) --dist loadfile

check: $(DEV) ## Format, lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(AUDIT) ## Ask the database of known faults about everything that is installed
	$(BIN)/pip freeze --exclude-editable > $(VENV)/installed.txt
	$(BIN)/pip-audit --strict --disable-pip --no-deps -r $(VENV)/installed.txt

bench: $(RUNTIME) ## Measure the time that the service takes for a message; BENCH=engine: the engine
	$(BIN)/looksee bench $(BENCH)

chaos: $(DEV) ## Break the service on purpose, and count what is lost; CHAOS=kills, points, redelivery or soak
	$(BIN)/python -m tests.chaos $(CHAOS)

clean: ## Remove the environment and caches; data and models stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is made anew when the dependencies change, or when the model library is asked for in another build.
$(RUNTIME): pyproject.toml deploy/install.py
	@$(PYTHON) deploy/install.py --venv $(VENV)

$(DEV): pyproject.toml deploy/install.py
	@$(PYTHON) deploy/install.py --venv $(VENV) --extra dev

$(AUDIT): pyproject.toml deploy/install.py
	@$(PYTHON) deploy/install.py --venv $(VENV) --extra audit

ifneq ($(strip $(CMAKE_ARGS)),)
ifneq ($(strip $(CMAKE_ARGS)),$(strip $(shell cat $(VENV)/.cmake-args 2>/dev/null)))
.PHONY: $(RUNTIME) $(DEV) $(AUDIT)
endif
endif
