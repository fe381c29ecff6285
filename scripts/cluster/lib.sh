# Parts of node.sh: names, processes, certificates, configuration files, the network.

bin="$PWD/.cache/bin"
state="$PWD/.cache/cluster"
admin="$state/admin.kubeconfig"
ca="$state/pki/ca"
node=goldbrief-node
bridge=goldbrief0
address=10.244.0.1 # of the node: the bridge's own
pods=10.244.0.0/16
services=10.96.0.0/16
dns=10.96.0.10
port=6443
etcd=http://127.0.0.1:23790
containerd_socket="$state/run/containerd.sock"
cni_programs=/usr/lib/cni

lacks() { echo "!! $1" >&2; exit 1; }
cannot() { echo "!! $1" >&2; exit 77; } # tests skip

kubectl() { "$bin/kubectl" --kubeconfig "$admin" "$@"; }

start() { # name, command...
  local name=$1
  shift
  setsid nice -n "${GOLDBRIEF_NODE_NICE:-10}" "$@" </dev/null >>"$state/logs/$name.log" 2>&1 &
  echo $! >"$state/pids/$name"
}

stop() {
  local file="$state/pids/$1" pid
  [ -e "$file" ] || return 0
  pid=$(<"$file")
  # after a reboot the number may be another's
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "${1:0:15}" ] || { rm "$file"; return; }
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
  rm "$file"
}

wait_for() { # what, command...: seconds on an idle machine, up to fifteen minutes on a busy one
  local what=$1 deadline=$((SECONDS + 900))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || lacks "$what: not there after 15 minutes; see $state/logs."
    sleep 1
  done
}

make_certificates() {
  [ -e "$ca.crt" ] || openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=goldbrief-node \
    -keyout "$ca.key" -out "$ca.crt" 2>/dev/null
  certificate server /CN=kube-apiserver \
    "subjectAltName=IP:$address,IP:${services%.*}.1,DNS:kubernetes.default.svc,DNS:kubernetes.default"
  certificate admin /O=system:masters/CN=admin
  certificate kubelet "/O=system:nodes/CN=system:node:$node"
  certificate controllers /CN=system:kube-controller-manager
  certificate scheduler /CN=system:kube-scheduler
  certificate proxy /CN=system:kube-proxy
  local accounts="$state/pki/accounts"
  [ -e "$accounts.key" ] || openssl genrsa -out "$accounts.key" 2048 2>/dev/null
  openssl rsa -in "$accounts.key" -pubout -out "$accounts.pub" 2>/dev/null
  for who in admin kubelet controllers scheduler proxy; do kubeconfig "$who"; done
}

certificate() { # name, subject, extension
  local file="$state/pki/$1"
  openssl req -newkey rsa:2048 -nodes -subj "$2" -keyout "$file.key" -out "$file.csr" 2>/dev/null
  openssl x509 -req -in "$file.csr" -CA "$ca.crt" -CAkey "$ca.key" -CAcreateserial -days 365 \
    -extfile <(echo "${3:-keyUsage=digitalSignature}") -out "$file.crt" 2>/dev/null
}

kubeconfig() { # name of a certificate
  cat >"$state/$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: node, cluster: {server: "https://$address:$port", certificate-authority: "$ca.crt"}}]
users: [{name: $1, user: {client-certificate: "$state/pki/$1.crt", client-key: "$state/pki/$1.key"}}]
contexts: [{name: node, context: {cluster: node, user: $1}}]
current-context: node
YAML
}

make_configs() {
  mkdir -p "$state/cni"
  cat >"$state/cni/10-bridge.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "$bridge", "plugins": [
  {"type": "bridge", "bridge": "$bridge", "isGateway": true, "hairpinMode": true, "ipMasq": false,
   "ipam": {"type": "host-local", "dataDir": "$state/run/ipam", "routes": [{"dst": "0.0.0.0/0"}],
            "ranges": [[{"subnet": "$pods", "rangeStart": "10.244.1.1", "gateway": "$address"}]]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
  # without restrict_oom_score_adj no sandbox starts where root lacks CAP_SYS_RESOURCE
  cat >"$state/containerd.toml" <<TOML
version = 2
root = "$state/containerd"
state = "$state/run/containerd"
[grpc]
  address = "$containerd_socket"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/goldbrief-node/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$cni_programs"
    conf_dir = "$state/cni"
TOML
  # nothing is evicted and no image collected: the machine is shared with whoever runs the tests
  cat >"$state/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: "$ca.crt"}}
authorization: {mode: Webhook}
address: $address
clusterDNS: [$dns]
clusterDomain: cluster.local
containerRuntimeEndpoint: "unix://$containerd_socket"
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
resolvConf: ""
healthzBindAddress: 127.0.0.1
evictionHard: {memory.available: 50Mi, nodefs.available: "0.1%", nodefs.inodesFree: "0.1%", imagefs.available: "0.1%"}
imageGCHighThresholdPercent: 100
podLogsDir: $state/logs/pods
YAML
}

open_network() {
  ip link show "$bridge" >/dev/null 2>&1 || ip link add "$bridge" type bridge
  ip addr replace "$address/16" dev "$bridge"
  ip link set "$bridge" up
  echo 1 >/proc/sys/net/ipv4/ip_forward
  local direction
  for direction in -i -o; do # Docker's chain would drop what it does not know
    iptables -C FORWARD "$direction" "$bridge" -j ACCEPT 2>/dev/null ||
      iptables -I FORWARD "$direction" "$bridge" -j ACCEPT
  done
}

close_network() {
  local direction
  "$bin/kube-proxy" --cleanup >/dev/null 2>&1 || true
  for direction in -i -o; do
    iptables -D FORWARD "$direction" "$bridge" -j ACCEPT 2>/dev/null || true
  done
  ip link del "$bridge" 2>/dev/null || true
}

remove_pods() {
  [ -S "$containerd_socket" ] || return 0
  local id
  for id in $(ctr -a "$containerd_socket" -n k8s.io tasks ls -q 2>/dev/null); do
    ctr -a "$containerd_socket" -n k8s.io tasks kill --all -s SIGKILL "$id" 2>/dev/null || true
  done
  for id in $(ctr -a "$containerd_socket" -n k8s.io containers ls -q 2>/dev/null); do
    ctr -a "$containerd_socket" -n k8s.io tasks delete --force "$id" >/dev/null 2>&1 || true
    ctr -a "$containerd_socket" -n k8s.io containers delete "$id" 2>/dev/null || true
  done
  awk -v root="$(readlink -f "$state")/" 'index($2, root) == 1 {print $2}' /proc/mounts | sort -r |
    while read -r mounted; do umount -l "$mounted" || true; done
  for id in $(ip netns list | awk '/^cni-/ {print $1}'); do ip netns delete "$id" || true; done
}
