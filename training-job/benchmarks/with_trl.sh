#!/usr/bin/env bash
# Run a benchmark with TRL beside the project's environment, in one that is thrown away:
#   training-job/benchmarks/with_trl.sh step.py
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder"
# What the project has installed is seen, so that pip fetches only what TRL needs beside it.
"$python" -c 'import site; print(f"import site; site.addsitedir({site.getsitepackages()[0]!r})")' \
  >"$("$folder/bin/python" -c 'import site; print(site.getsitepackages()[0])')/project.pth"
"$folder/bin/pip" install --quiet --disable-pip-version-check "trl==1.16.*"
script=$1
shift
"$folder/bin/python" "training-job/benchmarks/$script" "$@"
