#!/usr/bin/env bash
# Builds the container images, all or those named: goldbrief/<room>:<version>, and beside them
# their SBOMs in dist/images. With BuildKit where buildx is installed, else, or with
# DOCKER_BUILDKIT=0, with the classic builder.
#   scripts/build_images.sh                  all
#   scripts/build_images.sh runs training    these
# BASE, BUILD_BASE  base images (see services/Dockerfile)     TORCH_INDEX  a smaller PyTorch
# PREFIX            goldbrief, or registry.example/goldbrief  TAG          the version
# INDEX_URL, EXTRA_CA_FILE   package index and certificates of the build; default: pip's own
#                            setting, and what the administrator of this machine has added
set -euo pipefail
cd "$(dirname "$0")/.."
all="runs datasets synthesis judge evaluation finetuning registry summarize console inference training mlflow"
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' services/goldbrief/__init__.py)
prefix=${PREFIX:-goldbrief}
tag=${TAG:-$version}
base=${BASE:-python:3.11-slim-bookworm}
index=${INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}
docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0

certificates() {
  if [ -n "${EXTRA_CA_FILE:-}" ]; then cat "$EXTRA_CA_FILE"; else
    find /usr/local/share/ca-certificates -name '*.crt' -exec cat {} + 2>/dev/null || true
  fi
}

build() { # name, Dockerfile, arguments
  local name=$1 file=$2
  shift 2
  echo "== $prefix/$name:$tag"
  local log
  log=$(mktemp)
  docker build --file "$file" --tag "$prefix/$name:$tag" "$@" \
    --build-arg BASE="$base" --build-arg BUILD_BASE="${BUILD_BASE:-$base}" \
    --build-arg INDEX_URL="$index" --build-arg EXTRA_CA="$(certificates)" \
    --build-arg TORCH_INDEX="${TORCH_INDEX:-}" --build-arg VERSION="$version" \
    --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
    --build-arg CREATED="$(git log -1 --format=%cI 2>/dev/null || echo 1980-01-01T00:00:00Z)" \
    . >"$log" 2>&1 || { tail -n 40 "$log" >&2; rm "$log"; exit 1; }
  rm "$log"
  mkdir -p dist/images
  docker run --rm --network none --entrypoint python "$prefix/$name:$tag" -c \
    'print(open("/opt/goldbrief/app/about/sbom.cdx.json").read(), end="")' >"dist/images/$name.cdx.json"
}

scripts/base_image.sh "$base"
for name in ${*:-$all}; do
  case " $all " in *" $name "*) ;; *)
    echo "There is no image $name; there are: $all" >&2
    exit 2 ;;
  esac
  case $name in
    training) build training training-job/Dockerfile ;;
    *) build "$name" services/Dockerfile --build-arg ROOM="$name" ;;
  esac
done
docker image ls --filter "reference=$prefix/*:$tag" --format '{{.Repository}}:{{.Tag}}  {{.Size}}'
