#!/usr/bin/env bash
# Makes sure that the programs of the chart's tests are in .cache/bin: Helm 3 and 4, kubeconform,
# kube-score, and an API server; or those that are named. Some ten minutes once, from source. What cannot be had is said
# loudly, and the tests that need it skip.
#   scripts/install_chart_tools.sh [helm3] [helm4] [kubeconform] [kube-score] [apiserver]
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/go_flags.sh
bin="$PWD/.cache/bin"
mkdir -p "$bin"
wanted=" ${*:-helm3 helm4 kubeconform kube-score apiserver} "
helm3=v3.19.2
helm4=v4.3.1

install() { # program, package@version, go flags...: built under its name when it is not there yet
  local program=$1 package=$2 built
  shift 2
  [[ $wanted == *" $program "* ]] && [ ! -x "$bin/$program" ] || return 0
  if ! command -v go >/dev/null; then
    echo "!! not installed: $program. Install Go, or put it into $bin." >&2
    return
  fi
  echo "building $program ..."
  built=$(mktemp -d "$bin/.build-XXXX")
  if GOBIN="$built" go install "$@" "$package"; then
    mv "$built"/* "$bin/$program"
  else
    echo "!! not installed: $program ($package could not be built)." >&2
  fi
  rm -rf "$built"
}

# without these it says that it knows Kubernetes 1.20, and refuses charts that ask for more
about=helm.sh/helm/v3/pkg
flags="-s -w -X helm.sh/helm/v3/internal/version.version=$helm3"
flags+=" -X $about/chartutil.k8sVersionMajor=1 -X $about/chartutil.k8sVersionMinor=34"
flags+=" -X $about/lint/rules.k8sVersionMajor=1 -X $about/lint/rules.k8sVersionMinor=34"
install helm3 "helm.sh/helm/v3/cmd/helm@$helm3" -ldflags "$flags"
install helm4 "helm.sh/helm/v4/cmd/helm@$helm4" -ldflags "-s -w"
install kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0
install kube-score github.com/zegl/kube-score/cmd/kube-score@v1.20.0
if [[ $wanted == *" apiserver "* ]] && [ ! -x "$bin/kube-apiserver" ]; then
  scripts/cluster/build.sh etcd kube-apiserver || echo "!! not installed: etcd and kube-apiserver." >&2
fi
