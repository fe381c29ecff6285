#!/usr/bin/env bash
# Makes sure that prometheus and promtool are in .cache/bin, from source: some ten minutes once. What
# cannot be had is said loudly, and the tests that need it skip.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/go_flags.sh
bin="$PWD/.cache/bin"
mkdir -p "$bin"
for program in prometheus promtool; do
  [ ! -x "$bin/$program" ] || continue
  if ! command -v go >/dev/null; then
    echo "!! not installed: $program. Install Go, or put it into $bin." >&2
    continue
  fi
  echo "building $program (minutes, once) ..."
  # without the discovery of clouds' machines, which is most of it
  (cd scripts/monitoring && go build -ldflags "-s -w" -tags remove_all_sd -o "$bin/$program.partial" \
    "github.com/prometheus/prometheus/cmd/$program") && mv "$bin/$program.partial" "$bin/$program" ||
    echo "!! not installed: $program could not be built." >&2
done
