#!/usr/bin/env bash
# Makes the Python environment in the folder $1 from requirements.lock.
# GOLDBRIEF_TORCH_INDEX: package index for a smaller torch (CPU only, say); no default.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  { echo "Goldbrief needs Python 3.11 or later; set PYTHON=/path/to/python3.11." >&2; exit 1; }
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv" ||
  { echo "python3 -m venv failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
[ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv==0.13.9

install() { "$venv/bin/uv" pip install --quiet --compile-bytecode --python "$venv/bin/python" "$@"; }
lock=requirements.lock
if [ -n "${GOLDBRIEF_TORCH_INDEX:-}" ]; then
  torch=$(grep -oE '^torch==[^ ;]+' requirements.lock)
  install --index-url "$GOLDBRIEF_TORCH_INDEX" "$torch"
  lock=$(mktemp)
  grep -vE '^(torch|triton|nvidia-|cuda-)' requirements.lock >"$lock"
fi
echo "installing the environment (torch makes it large: some 5 GB) ..."
install -r "$lock"
install --no-deps -e . -e ./training-job
