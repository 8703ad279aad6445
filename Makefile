# Every task of the project. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON_FILES := libs services tests tools
BIN := .venv/bin

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-18s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Prepare .venv; the command is then .venv/bin/supportbot
	@tools/setup.sh run

.PHONY: run
run: setup ## Start everything in one process, on http://localhost:5000
	@exec $(BIN)/supportbot run

.PHONY: develop
develop: ## Prepare .venv with the development tools
	@tools/setup.sh development

.PHONY: test
test: develop ## Run all checks and tests; starts the servers they need
	@tools/test.sh

.PHONY: unit
unit: develop ## Run the tests that need nothing
	@$(BIN)/pytest tests/unit

.PHONY: up
up: develop ## Start every service as a process of its own, with the servers it needs
	@$(BIN)/python -m tools.distributed up

.PHONY: down
down: ## Stop what make up started
	@$(BIN)/python -m tools.distributed down

.PHONY: kill-test
kill-test: develop ## Kill the process 50 times under load, check that nothing is lost or said twice
	@KILLS=50 $(BIN)/pytest -s tests/e2e/test_survives_being_killed.py --timeout 3600

.PHONY: faults
faults: develop ## Do every fault to the running system; FAULTS="F4 F22" only these, LONG=1 the long forms
	@tools/servers.sh faketime
	@FAULTS_DOCUMENT=docs/faults.md FAULTS="$(FAULTS)" LONG="$(LONG)" $(BIN)/python -m pytest tests/faults

.PHONY: soak
soak: develop ## Ask 10,000 questions while everything is killed 20 times; SOAK_SEED=… repeats a run
	@tools/servers.sh
	@SOAK_QUESTIONS=$${SOAK_QUESTIONS:-10000} SOAK_CHATS=$${SOAK_CHATS:-500} SOAK_KILLS=$${SOAK_KILLS:-20} \
		SOAK_RATE=$${SOAK_RATE:-12} $(BIN)/python -m pytest -s tests/soak

.PHONY: fuzz
fuzz: develop ## Fuzz everything that reads what strangers wrote: ten minutes each, led by coverage (needs atheris)
	@$(BIN)/python -m tools.fuzz

.PHONY: bench
bench: develop ## Measure speed and memory and print the table
	@$(BIN)/python -m tests.bench

.PHONY: bench-index
bench-index: develop ## Measure how documents are read and indexed, beside markitdown
	@$(BIN)/python -m tests.bench --group bench-index

.PHONY: bench-telegram
bench-telegram: develop ## Measure how replies and drafts keep to Telegram's limits
	@$(BIN)/python -m tests.bench --group bench-telegram

.PHONY: bench-distributed
bench-distributed: develop ## Measure the services as processes of their own, on real servers
	@tools/servers.sh
	@$(BIN)/python -m tests.bench --group bench-distributed

.PHONY: bench-disk
bench-disk: develop ## Measure the disk that a question with its answer takes, and a passage
	@tools/servers.sh
	@$(BIN)/python -m tests.bench --group bench-disk

.PHONY: drill
drill: develop ## Lose a system and bring it back from its backup, on a file and on PostgreSQL: how long that takes
	@tools/servers.sh
	@$(BIN)/python -m tests.bench --group drill $(DRILL)

.PHONY: check-deploy
check-deploy: develop ## Check everything that deployments are made of, and print what was checked how
	@$(BIN)/python -m tools.check_deploy

.PHONY: docs
docs: develop ## Build the documentation site, in English and Russian, into build/docs
	@tools/docs.sh

.PHONY: lint
lint: develop ## Check style, types and layers
	@$(BIN)/ruff check $(PYTHON_FILES)
	@$(BIN)/ruff format --check $(PYTHON_FILES)
	@$(BIN)/mypy $(PYTHON_FILES)
	@$(BIN)/lint-imports

.PHONY: format
format: develop ## Format the code
	@$(BIN)/ruff check --fix $(PYTHON_FILES)
	@$(BIN)/ruff format $(PYTHON_FILES)

.PHONY: lock
lock: develop ## Lock the newest allowed versions into requirements/*.txt
	@tools/lock.sh

.PHONY: clean
clean: ## Remove the environment and caches; data stays
	@rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
