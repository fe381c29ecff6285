#!/usr/bin/env bash
# Makes sure that a container engine answers here, with docker compose 2 and buildx, or with the one
# that is named. What is missing comes from the distribution's packages and the Go module proxy, and is cached in .cache/.
# What cannot be had is said loudly, and the tests that need it skip.
#   scripts/install_docker.sh [compose] [buildx]
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/go_flags.sh
plugins=.cache/docker-plugins
compose=v2.40.3
buildx=v0.30.1

lacks() { echo "!! $1" >&2; exit 1; }

install_engine() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
    lacks "no Docker engine. Install it (https://docs.docker.com/engine/install), or run this as root on Debian."
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq \
    --no-install-recommends docker.io containerd runc iptables
}

# Only for machines without an init system that would do it, such as a CI container.
start_engine() {
  [ "$(id -u)" = 0 ] || lacks "the Docker engine does not answer. Start it, or add yourself to the group docker."
  echo "starting dockerd; its log is .cache/dockerd.log, its process id in .cache/dockerd.pid ..."
  mkdir -p .cache
  setsid dockerd --storage-driver=overlay2 </dev/null >>.cache/dockerd.log 2>&1 &
  echo $! >.cache/dockerd.pid
  for _ in $(seq 60); do
    docker info >/dev/null 2>&1 && return
    sleep 1
  done
  lacks "dockerd did not start: $(tail -n 1 .cache/dockerd.log)"
}

# Their own modules replace and exclude dependencies, which `go install` refuses: build them as
# dependencies of a module of ours.
build_plugin() { # name, package, module@version, linker flags
  [ -x "$plugins/$1" ] && return
  command -v go >/dev/null || lacks "no $1. Install it, or Go to build it."
  echo "building $1 ${3#*@} (minutes, once) ..."
  local module=.cache/build/$1
  mkdir -p "$plugins" "$module"
  (cd "$module" && rm -f go.mod go.sum && go mod init "$1" && go get "$3") 2>/dev/null ||
    lacks "the Go module proxy did not give ${3}."
  (cd "$module" && go build -mod=mod -ldflags "-s -w $4" -o "../../../$plugins/$1" "$2")
}

link_plugin() {
  local folder=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins
  mkdir -p "$folder"
  ln -sf "$PWD/$plugins/$1" "$folder/$1"
}

docker info >/dev/null 2>&1 || {
  command -v dockerd >/dev/null || install_engine
  docker info >/dev/null 2>&1 || start_engine
}
wanted=" ${*:-compose buildx} "
[[ $wanted != *" compose "* ]] || docker compose version >/dev/null 2>&1 || {
  build_plugin docker-compose github.com/docker/compose/v2/cmd "github.com/docker/compose/v2@$compose" \
    "-X github.com/docker/compose/v2/internal.Version=$compose"
  link_plugin docker-compose
}
[[ $wanted != *" buildx "* ]] || docker buildx version >/dev/null 2>&1 || {
  build_plugin docker-buildx github.com/docker/buildx/cmd/buildx "github.com/docker/buildx@$buildx" \
    "-X github.com/docker/buildx/version.Version=$buildx"
  link_plugin docker-buildx
}
for plugin in $wanted; do
  docker "$plugin" version
done
