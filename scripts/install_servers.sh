#!/usr/bin/env bash
# Makes sure that Redis, PostgreSQL and MinIO can be started here. What cannot be had is said
# loudly, and the tests that need it skip.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/go_flags.sh
bin=.cache/bin
mkdir -p "$bin"
# MinIO is no longer maintained; this is its last commit. Any S3 serves the product itself.
minio=github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c

have_postgres() { compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null; }

packages=()
command -v redis-server >/dev/null || packages+=(redis-server)
have_postgres || packages+=(postgresql)
if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}"
  else
    echo "!! not installed: ${packages[*]}. Run: sudo apt-get install ${packages[*]}" >&2
  fi
fi
if [ ! -x "$bin/minio" ] && ! command -v minio >/dev/null; then
  if command -v go >/dev/null; then
    echo "building MinIO (two minutes, once) ..."
    GOBIN="$PWD/$bin" go install "$minio"
  else
    echo "!! not installed: minio. Install Go, or put a minio binary on the PATH." >&2
  fi
fi
