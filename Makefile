# Everything for a fresh machine with Python 3.11 or newer and make. `make help` lists the targets.

PYTHON ?= python3
# PyTorch is chosen for the machine. A company without GPUs saves gigabytes with
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH ?= torch==2.13.0
TORCH_INDEX ?=

VENV := .venv
BIN := $(VENV)/bin
PORTAL := $(BIN)/python -m aigc_portal.services
PIP_INSTALL := $(BIN)/python -m pip --disable-pip-version-check install
INSTALLED := $(VENV)/.installed-$(subst ==,-,$(TORCH))
MADE := $(VENV)/.made
DEV_INSTALLED := $(VENV)/.dev-installed

.DEFAULT_GOAL := help
.PHONY: help run stop status demo reset model test lint bench-generation bench-review messages screenshots lock

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  Settings come from the environment: PORTAL_PORT, PORTAL_HOST, PORTAL_VAR, PORTAL_MODEL, PORTAL_DEMO=0,"
	@echo "  DATABASE_URL, REDIS_URL (docs/deployment.md)."

run: $(INSTALLED) ## install what is missing, start the portal, stay until Ctrl-C
	@$(PORTAL) run

stop: $(INSTALLED) ## stop the portal that runs in another terminal
	@$(PORTAL) stop

status: $(INSTALLED) ## say whether the portal runs and where
	@$(PORTAL) status

demo: $(INSTALLED) ## walk a text through the whole loop and print every step
	@$(PORTAL) demo

reset: $(INSTALLED) ## delete all data of the portal (asks first; models stay)
	@$(PORTAL) reset

model: $(INSTALLED) ## fetch a model of the catalogue: make model NAME=...
	@test -n "$(NAME)" || { echo "Which one? For example: make model NAME=smollm2-135m-instruct"; exit 2; }
	@$(PORTAL) model "$(NAME)"

test: $(DEV_INSTALLED) ## run all tests; they bring their own PostgreSQL and Valkey
	@$(BIN)/python -m pytest

lint: $(DEV_INSTALLED) ## check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

bench-generation: $(DEV_INSTALLED) ## measure the engine against its peers (about an hour; ARGS="--quick" tries it)
	@$(BIN)/python -m tests.benchmarks.generation $(ARGS)

bench-review: $(DEV_INSTALLED) ## measure queue, search, claims and decisions among a million drafts (ARGS="--quick" tries it)
	@$(BIN)/python -m tests.benchmarks.review $(ARGS)

messages: $(DEV_INSTALLED) ## collect the texts to translate and compile the translations
	@$(BIN)/python -m aigc_portal.translations update

screenshots: $(DEV_INSTALLED) ## make the pictures of the README from a running portal
	@$(BIN)/python -m tests.browser.screenshots

# PyTorch and its CUDA libraries stay out of the lock: which build fits depends on the machine.
lock: ## write both lock files anew from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/"; exit 2; }
	$(UV_COMPILE) --extra torch -o requirements.lock
	$(UV_COMPILE) --extra torch --group dev -c requirements.lock -o requirements-dev.lock

UV_COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	$(addprefix --no-emit-package ,$(MACHINE_PACKAGES))
MACHINE_PACKAGES := torch triton cuda-bindings cuda-pathfinder cuda-toolkit \
	nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile \
	nvidia-curand nvidia-cusolver nvidia-cusparse nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink \
	nvidia-nvshmem-cu13 nvidia-nvtx

$(MADE):
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed; on Debian: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V). Name another one: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }
	@echo "Making the virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(INSTALLED): requirements.lock | $(MADE)
	@echo "Installing the packages of requirements.lock, then $(TORCH); this takes minutes the first time"
	@$(PIP_INSTALL) --require-hashes --no-deps --only-binary :all: -r requirements.lock
	@$(PIP_INSTALL) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	@touch $@

$(DEV_INSTALLED): requirements-dev.lock $(INSTALLED)
	@echo "Installing the packages for tests"
	@$(PIP_INSTALL) --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
	@touch $@
