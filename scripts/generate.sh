#!/usr/bin/env bash
# Writes the stubs of services/goldbrief/api from proto/. With --check, fails when they differ.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
out=services
[ "${1:-}" = --check ] && out=$(mktemp -d)
mapfile -t protos < <(cd proto && find goldbrief -name '*.proto' | sort)
"$python" -m grpc_tools.protoc -Iproto --python_out="$out" --pyi_out="$out" --grpc_python_out="$out" "${protos[@]}"
find "$out/goldbrief/api" -type d -exec sh -c '[ -e "$1/__init__.py" ] || printf "%s\n" "\"\"\"Generated from proto/ by scripts/generate.sh; never edited.\"\"\"" >"$1/__init__.py"' _ {} \;
if [ "$out" != services ]; then
  diff -r -x __pycache__ "$out/goldbrief/api" services/goldbrief/api || { echo "The stubs are stale: run make generate." >&2; exit 1; }
fi
