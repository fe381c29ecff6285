#!/usr/bin/env bash
# Everything that is checked without running the product.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
step() { echo "== $1"; shift; "$@"; }
step "ruff format" "$bin/ruff" format --check .
step "ruff" "$bin/ruff" check .
step "mypy" "$bin/mypy" services/goldbrief training-job/goldbrief_training scripts
MYPYPATH=training-job/benchmarks step "mypy, benchmarks" "$bin/mypy" training-job/benchmarks
step "import contracts" "$bin/lint-imports" --no-cache
step "buf lint" "$bin/buf" lint proto
step "buf breaking" "$bin/buf" breaking proto --against proto/baseline.binpb
step "stubs are up to date" scripts/generate.sh --check
step "dashboards are up to date" "$bin/python" scripts/dashboards.py --check
step "docstrings" "$bin/pydoclint" --quiet services/goldbrief training-job/goldbrief_training
echo "verify: all passed"
