# The cluster's daemons: how each is started and ended. Sourced after layout.sh.
# shellcheck shell=bash

components=(etcd apiserver controller-manager scheduler containerd kubelet proxy argo s3)

# The command line of a component, in the array `command`.
command_of() {
  local pki=$cluster/pki
  case $1 in
  etcd)
    command=("$binaries/etcd" --data-dir "$cluster/etcd" --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379
      --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 --log-level warn)
    ;;
  apiserver)
    command=("$binaries/kube-apiserver" --etcd-servers http://127.0.0.1:2379 --bind-address "$node" --advertise-address "$node" --secure-port 6443
      --service-cluster-ip-range "$service_range" --authorization-mode Node,RBAC --client-ca-file "$pki/ca.crt"
      --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key"
      --kubelet-client-certificate "$pki/kubelet-client.crt" --kubelet-client-key "$pki/kubelet-client.key" --kubelet-preferred-address-types InternalIP
      --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$pki/service-accounts.key"
      --service-account-signing-key-file "$pki/service-accounts.key" --allow-privileged)
    ;;
  controller-manager)
    command=("$binaries/kube-controller-manager" --kubeconfig "$pki/controller-manager.kubeconfig" --bind-address 127.0.0.1 --leader-elect=false
      --use-service-account-credentials --service-account-private-key-file "$pki/service-accounts.key" --root-ca-file "$pki/ca.crt"
      --enable-hostpath-provisioner)
    ;;
  scheduler)
    command=("$binaries/kube-scheduler" --kubeconfig "$pki/scheduler.kubeconfig" --bind-address 127.0.0.1 --leader-elect=false)
    ;;
  containerd) command=(containerd --config "$cluster/containerd.toml") ;;
  kubelet)
    command=("$binaries/kubelet" --config "$cluster/kubelet.yaml" --kubeconfig "$pki/node.kubeconfig" --hostname-override dagwright --node-ip "$node"
      --cert-dir "$pki/kubelet" --root-dir /var/lib/kubelet)
    ;;
  proxy)
    command=("$binaries/kube-proxy" --kubeconfig "$pki/proxy.kubeconfig" --hostname-override dagwright --proxy-mode iptables --conntrack-max-per-core 0
      --conntrack-tcp-timeout-established 0 --conntrack-tcp-timeout-close-wait 0 --cluster-cidr "$pod_range"
      --healthz-bind-address 127.0.0.1 --metrics-bind-address 127.0.0.1)
    ;;
  argo)
    # By default Argo looks at a Workflow's pods every 10 s.
    command=(env DEFAULT_REQUEUE_TIME=1s LEADER_ELECTION_DISABLE=true LEADER_ELECTION_IDENTITY=test KUBECONFIG="$kubeconfig" "$binaries/workflow-controller"
      --namespace "$namespace"
      --executor-image "$argoexec_image" --executor-image-pull-policy IfNotPresent)
    ;;
  s3)
    command=(env ROOT_ACCESS_KEY="$access_key" ROOT_SECRET_KEY="$secret_key" "$binaries/versitygw" --port "$node:9000" posix "$cluster/s3")
    ;;
  *) fail "no component is called '$1': ${components[*]}" ;;
  esac
}

start_component() {
  local command
  command_of "$1"
  ! runs "$1" || return 0
  # Its number as its own namespace counts it; the log is kept over restarts.
  # shellcheck disable=SC2016
  inside setsid --fork sh -c 'echo $$ >"$1"; shift; exec "$@"' start "$cluster/pids/$1" "${command[@]}" \
    >>"$cluster/logs/$1.log" 2>&1 </dev/null
}

# Ends a component and waits until it is gone. $1: which, $2: the signal.
end_component() {
  local pid
  command_of "$1"
  pid=$(cat "$cluster/pids/$1" 2>/dev/null) || return 0
  inside kill "-${2:-TERM}" "$pid" 2>/dev/null || return 0
  wait_for 20 "the end of $1" gone "$pid" || { inside kill -KILL "$pid" 2>/dev/null || true; }
}

# Whether a component lives: its recorded number still is its program.
runs() {
  local pid
  pid=$(cat "$cluster/pids/$1" 2>/dev/null) || return 1
  inside sh -c 'tr "\\0" " " <"/proc/$1/cmdline"' runs "$pid" 2>/dev/null | grep -qF -e "$cluster" -e "$binaries"
}

gone() { ! inside kill -0 "$1" 2>/dev/null; }

write_settings() {
  mkdir -p "$cluster/cni"
  cat >"$cluster/cni/10-pods.conflist" <<END
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "pods", "isGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$pod_range", "rangeStart": "10.$number.1.1", "gateway": "$node"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
END
  cat >"$cluster/containerd.toml" <<END
version = 2
root = "$cluster/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$cluster/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause_image"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$cluster/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
END
  : >"$cluster/resolv.conf"
  cat >"$cluster/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: "$node"
healthzPort: 0
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: "$cluster/pki/ca.crt"}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$cgroup
failCgroupV1: false
failSwapOn: false
maxOpenFiles: 20000
oomScoreAdj: 0
enforceNodeAllocatable: []
# The disk may be nearly full; nothing is evicted, and no image deleted, for that.
evictionHard: {memory.available: 10Mi}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
resolvConf: "$cluster/resolv.conf"
maxPods: 250
registerWithTaints: []
# Tests wait for these: claims of deleted pods, pods that end.
syncFrequency: 10s
volumeStatsAggPeriod: -1s
END
}
