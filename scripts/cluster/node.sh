#!/usr/bin/env bash
# A real Kubernetes node on this machine: etcd, control plane, kubelet and containerd as
# processes, on a bridge of their own. For tests; needs root on Debian, and Docker to make images.
#   scripts/cluster/node.sh up            start a fresh cluster; images of earlier ones are kept
#   scripts/cluster/node.sh down          stop it, its pods too
#   scripts/cluster/node.sh import IMAGE  bring images from the Docker engine to the node, which need
#                                         not be up; all of ours where none is named (TAG)
#   scripts/cluster/node.sh gpus N        advertise N GPUs (the kubelet has none)
# Afterwards: export KUBECONFIG=.cache/cluster/admin.kubeconfig; .cache/bin/kubectl get pods -A
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/go_flags.sh
source scripts/cluster/lib.sh

install_packages() {
  local missing=()
  command -v containerd >/dev/null || missing+=(containerd)
  command -v runc >/dev/null || missing+=(runc)
  command -v iptables >/dev/null || missing+=(iptables)
  [ -x "$cni_programs/bridge" ] || missing+=(containernetworking-plugins)
  [ ${#missing[@]} = 0 ] && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq \
    --no-install-recommends "${missing[@]}"
}

up() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || cannot "a node needs root on Debian."
  command -v go >/dev/null || cannot "a node is built from source: install Go."
  docker info >/dev/null 2>&1 || cannot "no Docker engine answers: scripts/install_docker.sh"
  [ ! -e "$state/pids" ] || lacks "there is a node already: scripts/cluster/node.sh down"
  scripts/cluster/build.sh
  install_packages
  rm -rf "$state"/{etcd,kubelet,volumes,run,logs}
  mkdir -p "$state"/{pki,run,logs,pids,volumes}
  make_certificates
  make_configs
  open_network
  start_containerd
  start etcd "$bin/etcd" --data-dir "$state/etcd" --listen-client-urls "$etcd" \
    --advertise-client-urls "$etcd" --listen-peer-urls http://127.0.0.1:23800 --unsafe-no-fsync
  wait_for "containerd" ctr -a "$containerd_socket" version
  remove_pods # of a node that was not stopped
  base_images
  start_control_plane
  wait_for "the API server" kubectl get --raw /readyz
  start_node
  wait_for "the node" kubectl get node "$node"
  wait_for "DNS and storage" kubectl apply -f scripts/cluster/manifests
  wait_for "volumes" make_volumes 8
  wait_for "the node to be ready" kubectl wait --for condition=Ready "node/$node" --timeout 5s
  wait_for "DNS" kubectl -n kube-system rollout status deployment/coredns --timeout 5s
  echo "ready: export KUBECONFIG=$admin"
}

start_control_plane() {
  local token="$state/pki/accounts"
  start kube-apiserver "$bin/kube-apiserver" --etcd-servers "$etcd" \
    --bind-address "$address" --advertise-address "$address" --secure-port "$port" \
    --service-cluster-ip-range "$services" --allow-privileged=true \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
    --client-ca-file "$ca.crt" \
    --tls-cert-file "$state/pki/server.crt" --tls-private-key-file "$state/pki/server.key" \
    --kubelet-client-certificate "$state/pki/admin.crt" \
    --kubelet-client-key "$state/pki/admin.key" \
    --kubelet-preferred-address-types InternalIP \
    --service-account-issuer https://kubernetes.default.svc \
    --service-account-key-file "$token.pub" --service-account-signing-key-file "$token.key"
  start kube-controller-manager "$bin/kube-controller-manager" --leader-elect=false \
    --kubeconfig "$state/controllers.kubeconfig" --bind-address 127.0.0.1 \
    --use-service-account-credentials=true --root-ca-file "$ca.crt" \
    --service-account-private-key-file "$token.key" \
    --cluster-signing-cert-file "$ca.crt" --cluster-signing-key-file "$ca.key"
  start kube-scheduler "$bin/kube-scheduler" --leader-elect=false \
    --kubeconfig "$state/scheduler.kubeconfig" --bind-address 127.0.0.1
}

start_node() {
  start kubelet "$bin/kubelet" --config "$state/kubelet.yaml" --root-dir "$state/kubelet" \
    --kubeconfig "$state/kubelet.kubeconfig" --hostname-override "$node" --node-ip "$address" \
    --cert-dir "$state/pki"
  start kube-proxy "$bin/kube-proxy" --kubeconfig "$state/proxy.kubeconfig" \
    --hostname-override "$node" --proxy-mode iptables --cluster-cidr "$pods" \
    --conntrack-max-per-core 0 --conntrack-min 0 --bind-address "$address" \
    --metrics-bind-address 127.0.0.1:10249 --healthz-bind-address 127.0.0.1:10256
}

# The pause image that the kubelet needs for every pod, and CoreDNS: one static program each.
base_images() {
  (cd scripts/cluster/pause && go build -o "$state/pause" .)
  image_of goldbrief-node/pause:1 "$state" pause
  image_of goldbrief-node/coredns:1 "$bin" coredns
}

image_of() { # image, folder, program
  docker image inspect "$1" >/dev/null 2>&1 ||
    tar -C "$2" -c "$3" | docker import --change "ENTRYPOINT [\"/$3\"]" - "$1" >/dev/null
  import "$1"
}

start_containerd() {
  start containerd containerd --config "$state/containerd.toml"
}

# While the programs of the node are still being built, say. Where there can be no node, `up` tells.
import_without_node() {
  [ "$(id -u)" = 0 ] && command -v containerd >/dev/null || return 0
  mkdir -p "$state"/{run,logs,pids}
  make_configs
  start_containerd
  wait_for "containerd" ctr -a "$containerd_socket" version
  import "$@"
  stop containerd
  rm -r "$state/pids"
}

our_images() {
  local version
  version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' services/goldbrief/__init__.py)
  docker image ls --filter "reference=goldbrief/*:${TAG:-$version}" --format '{{.Repository}}:{{.Tag}}'
}

import() { # images: those that changed since they were imported last
  mkdir -p "$state/imported"
  local image id twin changed=()
  local -A ids=()
  for image in "$@"; do
    id=$(docker image inspect -f '{{.Id}}' "$image") || lacks "Docker has no image $image."
    ids[$image]=$id
    [ "$(cat "$(record_of "$image")" 2>/dev/null)" = "$id" ] && continue
    # one that is here under another name needs the name alone
    twin=$(grep -lx "$id" "$state"/imported/* 2>/dev/null | head -n 1) || true
    [ -n "$twin" ] && ctr -a "$containerd_socket" -n k8s.io images tag --force \
      "$(whole_name "$(named "$twin")")" "$(whole_name "$image")" >/dev/null ||
      changed+=("$image")
  done
  [ ${#changed[@]} = 0 ] || docker save "${changed[@]}" |
    nice -n 19 ctr -a "$containerd_socket" -n k8s.io images import - >"$state/logs/import.log"
  for image in "$@"; do echo "${ids[$image]}" >"$(record_of "$image")"; done
  forget_replaced
}

# Which image the node has under a name; image names have no plus.
record_of() { echo "$state/imported/${1//\//+}"; }

named() { local file=${1##*/}; echo "${file//+//}"; }

whole_name() {
  case $1 in */*) echo "docker.io/$1" ;; *) echo "docker.io/library/$1" ;; esac
}

# The kubelet's side names images by their hash too, which keeps those that no tag has any longer.
forget_replaced() {
  ctr -a "$containerd_socket" -n k8s.io images ls |
    awk '$1 ~ /^sha256:/ {hash[$1] = $3} $1 !~ /^sha256:/ {tagged[$3]} END {
      for (name in hash) if (!(hash[name] in tagged)) print name}' |
    xargs --no-run-if-empty ctr -a "$containerd_socket" -n k8s.io images rm >/dev/null
}

# What claims may have: file systems of a size of their own, empty when the node starts anew.
make_volumes() {
  local number
  for number in $(seq "$1"); do
    make_volume "$state/volumes/$number" >&2
    cat <<YAML
apiVersion: v1
kind: PersistentVolume
metadata: {name: local-$number}
spec:
  storageClassName: local
  accessModes: [ReadWriteOnce, ReadWriteMany]
  capacity: {storage: 20Gi}
  persistentVolumeReclaimPolicy: Retain
  local: {path: $state/volumes/$number}
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [$node]}]
---
YAML
  done | kubectl apply -f -
}

make_volume() { # folder
  mountpoint -q "$1" && return
  mkdir -p "$1"
  truncate -s 4G "$1.ext4"
  mkfs.ext4 -q -m 0 "$1.ext4"
  mount -o loop "$1.ext4" "$1"
}

gpus() {
  kubectl patch node "$node" --subresource status --type merge \
    --patch "{\"status\": {\"capacity\": {\"nvidia.com/gpu\": \"$1\"}}}"
  # the scheduler counts what the kubelet makes of it, with its next report
  kubectl wait node "$node" --timeout 60s \
    --for "jsonpath={.status.allocatable.nvidia\.com/gpu}=$1"
}

down() {
  stop kubelet
  stop kube-proxy
  remove_pods
  for name in kube-scheduler kube-controller-manager kube-apiserver etcd containerd; do
    stop "$name"
  done
  close_network
  rm -rf "$state/pids"
}

case ${1:-} in
  up | down) "$1" ;;
  import)
    shift
    [ $# -gt 0 ] || set -- $(our_images)
    if [ -e "$state/pids" ]; then import "$@"; else import_without_node "$@"; fi
    ;;
  gpus) gpus "$2" ;;
  *) sed -n '2,10p' "$0" >&2; exit 2 ;;
esac
