#!/usr/bin/env bash
# Makes sure that the images of PostgreSQL, Valkey and MinIO are here under the names that
# docker-compose.yml and the chart use: pulled, or, where no registry can be reached, stand-ins
# built from Debian's packages and MinIO's source (tests/compose/stores).
set -euo pipefail
cd "$(dirname "$0")/.."
base=${BASE:-python:3.11-slim-bookworm}
folder=tests/compose/stores

built() { # target, image
  echo "!! $2 cannot be pulled: building a stand-in" >&2
  scripts/base_image.sh "$base"
  local release mirror context
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' | awk -v r="$release" '$2 == r {print $1; exit}')
  context=$(mktemp -d)
  cp "$folder"/* "$context"
  if [ "$1" = minio ]; then
    [ -x .cache/bin/minio ] || scripts/install_servers.sh
    cp .cache/bin/minio "$context"
  else
    touch "$context/minio"
  fi
  docker build --quiet --target "$1" --tag "$2" --build-arg BASE="$base" \
    --build-arg MIRROR="$mirror" --build-arg RELEASE="$release" "$context" >/dev/null
  rm -rf "$context"
}

image_of() { sed -n "s/.*\${$1_IMAGE:-\(.*\)}.*/\1/p" docker-compose.yml; }

for store in postgres redis minio; do
  image=$(image_of "${store^^}")
  docker image inspect "$image" >/dev/null 2>&1 && continue
  timeout "${GOLDBRIEF_PULL_TIMEOUT:-120}" docker pull --quiet "$image" 2>/dev/null || built "$store" "$image"
done
