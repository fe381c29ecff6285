#!/usr/bin/env bash
# Puts a real vLLM, built for CPUs, into .cache/vllm: an environment of its own, since it pins other
# libraries than we do. For `pytest -m engine`. It takes 6 GB, or 1 GB where uv can link torch from
# its cache. Where it cannot be had it is said loudly, and those tests skip.
set -euo pipefail
cd "$(dirname "$0")/.."
target=.cache/vllm
lock=scripts/vllm/requirements.lock
if cmp --silent "$lock" "$target/.ready"; then exit 0; fi
rm -rf "$target"
uv=.venv/bin/uv
# all that it needs is in the lock; resolved here, it would ask for a torch that is nowhere
if $uv venv --quiet --python .venv/bin/python "$target" &&
  $uv pip install --quiet --no-deps --python "$target/bin/python" -r "$lock" &&
  "$target/bin/python" -c 'import vllm' >"$target/import.log" 2>&1; then
  cp "$lock" "$target/.ready"
else
  [ ! -e "$target/import.log" ] || tail -5 "$target/import.log" >&2
  rm -rf "$target"
  echo "!! not installed: vLLM (Linux on x86-64 or Arm alone has it). The tests of the tier engine skip." >&2
fi
