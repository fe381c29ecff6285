#!/usr/bin/env bash
# Builds the programs of a real Kubernetes node from source into .cache/bin, those missing only, all
# or those named: some ten minutes once. The versions are in modules/*/go.mod.
#   scripts/cluster/build.sh                       all
#   scripts/cluster/build.sh etcd kube-apiserver   these
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/go_flags.sh
bin="$PWD/.cache/bin"
modules="$PWD/scripts/cluster/modules"
mkdir -p "$bin"

wanted=" $* "
is_lacking() { # program: asked for, and not there yet
  [[ ( $wanted == "  " || $wanted == *" $1 "* ) && ! -x "$bin/$1" ]]
}

build() { # program module package [flags...]: built under its name when it is not there yet
  local program=$1 module=$2 package=$3
  shift 3
  is_lacking "$program" || return 0
  echo "building $program ..."
  (cd "$modules/$module" && go build "$@" -o "$bin/$program.partial" "$package")
  mv "$bin/$program.partial" "$bin/$program"
}

version=$(cd "$modules/kubernetes" && go list -m -f '{{.Version}}' k8s.io/kubernetes)
# without these the server says v0.0.0, and Helm refuses it
about=k8s.io/component-base/version
minor=${version#v1.}
flags="-s -w -X $about.gitVersion=$version -X $about.gitMajor=1 -X $about.gitMinor=${minor%%.*}"
flags+=" -X k8s.io/client-go/pkg/version.gitVersion=$version"

build etcd etcd go.etcd.io/etcd/server/v3 -ldflags "-s -w"
for program in kube-apiserver kubelet kube-controller-manager kube-scheduler kube-proxy kubectl; do
  build "$program" kubernetes "k8s.io/kubernetes/cmd/$program" -tags providerless -ldflags "$flags"
done
build coredns coredns github.com/coredns/coredns -ldflags "-s -w"
if is_lacking grpcurl; then
  echo "building grpcurl ..."
  GOBIN="$bin" go install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3
fi
