#!/usr/bin/env bash
# Makes sure that a Chromium is here for the tests of the console's pages. Where none can be had it
# is said loudly, and those tests skip.
set -euo pipefail
if ! command -v chromium >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      chromium fonts-dejavu-core; } || echo "!! not installed: apt-get has no chromium here." >&2
  else
    echo "!! not installed: chromium. Run: sudo apt-get install chromium" >&2
  fi
fi
