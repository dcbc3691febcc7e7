#!/usr/bin/env bash
# A Kubernetes of one node with Argo Workflows and an S3 server, for tests, on a Linux machine where you are root.
#   cluster.sh build                 build its programs and images (up does it too)
#   cluster.sh up                    start it, fresh, or do nothing where it runs; prints what to put into the environment
#   cluster.sh env                   print that again; cluster.sh running tells whether it runs
#   cluster.sh down                  end it; nothing stays but the cache
#   cluster.sh restart COMPONENT…    end components (SIGKILL) and start them again: apiserver, argo, kubelet, s3, …
#   cluster.sh stop|start COMPONENT… one half of that
#   cluster.sh logs COMPONENT        follow a component's log
#   cluster.sh inside COMMAND…       run a program in the cluster's namespaces (ctr, iptables, ip)
# DAGWRIGHT_CLUSTER_NUMBER (0 to 255, default 213) tells clusters apart: 10.<number>.0.0/16 and the folder under the cache.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/environment.sh"
. "$repository/scripts/tools.sh"
. "$repository/e2e/cluster/layout.sh"
. "$cluster_folder/build.sh"
. "$cluster_folder/images.sh"
. "$cluster_folder/certificates.sh"
. "$cluster_folder/components.sh"

access_key=dagwright-test
secret_key=dagwright-test-secret

# Says everything that is missing for a cluster here, and how to mend it.
check_machine() {
  local problems=()
  [ "$(uname -s)" = Linux ] || problems+=("this is $(uname -s), not Linux: set KUBECONFIG to a cluster with Argo Workflows instead")
  [ "$(id -u)" = 0 ] || problems+=("you are not root: type sudo --preserve-env=HOME,PATH make test-cluster, or set KUBECONFIG to a cluster with Argo Workflows")
  [ -e /sys/fs/cgroup/cgroup.controllers ] || [ -d /sys/fs/cgroup/memory ] ||
    problems+=("no control groups at /sys/fs/cgroup: mount them (mount -t cgroup2 none /sys/fs/cgroup), or start this container with --privileged --cgroupns=host")
  if [ "$(id -u)" = 0 ]; then
    unshare --mount --net --pid --fork true 2>/dev/null ||
      problems+=("namespaces cannot be made (unshare failed): inside a container, start that with --privileged")
    grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || problems+=("the kernel has no overlayfs: modprobe overlay")
  fi
  ! is_up && ip route show 2>/dev/null | grep -q "^10\.$number\.0\.0/16 " &&
    problems+=("10.$number.0.0/16 has a route already: choose another DAGWRIGHT_CLUSTER_NUMBER")
  [ ${#problems[@]} -eq 0 ] && return
  printf '\033[1;31merror:\033[0m the one-machine cluster cannot run here:\n' >&2
  printf '  - %s\n' "${problems[@]}" >&2
  exit 1
}

start_namespaces() {
  rm -rf "$cluster"/{etcd,pids,logs,pki,volumes,s3,init.ready,init.pid}
  mkdir -p "$cluster"/{pids,logs,volumes,containerd} "$cluster/s3/$bucket" /tmp/hostpath_pv /var/lib/kubelet /var/lib/cni /etc/cni
  touch "$cluster/started"
  setsid unshare --mount --net --pid --fork --mount-proc --propagation private \
    bash "$cluster_folder/init.sh" "$cluster" "$node" /tmp/hostpath_pv >"$cluster/logs/init.log" 2>&1 </dev/null &
  local unshare_pid=$!
  wait_for 60 "the namespaces" test -e "$cluster/init.ready" || fail "the cluster's namespaces did not come up; see $cluster/logs/init.log"
  pgrep -P "$unshare_pid" >"$cluster/init.pid"

  ip link add "$cable" type veth peer name uplink netns "$(cat "$cluster/init.pid")"
  ip address add "$outside/30" dev "$cable"
  ip link set "$cable" up
  inside ip address add "$inside_end/30" dev uplink
  inside ip link set uplink up
  ip route add "10.$number.0.0/16" via "$inside_end"

  local hierarchy
  for hierarchy in $(hierarchies); do
    mkdir -p "$hierarchy/$cgroup"
    # A fresh cpuset group of the first version has no processors until it is given some.
    for file in cpuset.cpus cpuset.mems; do
      if [ -e "$hierarchy/$cgroup/$file" ] && [ -d /sys/fs/cgroup/memory ]; then cat "$hierarchy/$file" >"$hierarchy/$cgroup/$file"; fi
    done
  done
}

# The control groups' hierarchies: one of version 2, or many of version 1.
hierarchies() {
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo /sys/fs/cgroup; else
sed -n 's#^\([^ ]* \)\{4\}\(/sys/fs/cgroup/[^ ]*\) .* - cgroup2\{0,1\} .*#\2#p' /proc/self/mountinfo
  fi
}

# Images stay in containerd's store from one start to the next; containers of the last one are forgotten.
load_images() {
  local file stamp containers
  stamp=$cluster/containerd/images.stamp
  wait_for 120 containerd inside ctr version || fail "containerd does not answer; see $cluster/logs/containerd.log"
  containers=$(inside ctr -n k8s.io containers ls -q)
  # shellcheck disable=SC2086
  [ -z "$containers" ] || inside ctr -n k8s.io containers rm $containers >/dev/null
  cmp -s "$stamp" "$cluster_cache/images.stamp" && return
  for file in "$images"/*.tar; do
    note "Loading $(basename "$file" .tar)"
    inside ctr -n k8s.io images import "$file" >>"$cluster/logs/images.log" 2>&1 || fail "an image could not be loaded; see $cluster/logs/images.log"
  done
  cp "$cluster_cache/images.stamp" "$stamp"
}

write_environment() {
  cat >"$environment_file.new" <<END
export KUBECONFIG=$kubeconfig
export DAGWRIGHT_TEST_CLUSTER=one-machine
export DAGWRIGHT_KUBECTL=$binaries/kubectl
export DAGWRIGHT_CLUSTER_SCRIPT=$cluster_folder/cluster.sh
export DAGWRIGHT_CLUSTER_NUMBER=$number
export DAGWRIGHT_CLUSTER_STATE=$cluster
export DAGWRIGHT_CLUSTER_IMAGES=$images
export DAGWRIGHT_ARGO_VALIDATORS=$binaries
export DAGWRIGHT_NAMESPACE=$namespace
export DAGWRIGHT_S3_BUCKET=$bucket
export AWS_ENDPOINT_URL_S3=http://$node:9000
export AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=$access_key
export AWS_SECRET_ACCESS_KEY=$secret_key
END
  mv "$environment_file.new" "$environment_file"
}

kubectl() { KUBECONFIG=$kubeconfig "$binaries/kubectl" "$@"; }
answers() { kubectl get --raw "$1"; }
node_is_ready() { kubectl get node dagwright -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' | grep -q True; }
has_account() { kubectl -n "$namespace" get serviceaccount default; }

up() {
  check_machine
  if is_up && [ -e "$environment_file" ]; then
    note "The cluster runs already."
    cat "$environment_file"
    return
  fi
  build_everything
  down
  local started=$SECONDS
  say "Starting the cluster in $cluster"
  trap down_after_failure EXIT
  start_namespaces
  make_certificates
  write_settings
  local component
  for component in etcd containerd s3; do start_component "$component"; done
  start_component apiserver
  load_images
  wait_for 180 "the API server" answers /readyz || fail "the API server does not become ready; see $cluster/logs/apiserver.log"
  for component in controller-manager scheduler kubelet proxy; do start_component "$component"; done
  kubectl create namespace "$namespace" >/dev/null
  kubectl apply --server-side -k "$cluster_cache/argo-crds" >/dev/null
  export namespace access_key secret_key node bucket
  # shellcheck disable=SC2016
  envsubst_only <"$cluster_folder/objects/argo.yaml" | kubectl apply -f - >/dev/null
  start_component argo
  wait_for 180 "the node" node_is_ready || fail "the node does not become ready; see $cluster/logs/kubelet.log"
  wait_for 120 "the service account" has_account || fail "the namespace has no service account; see $cluster/logs/controller-manager.log"
  wait_for 120 Argo grep -q 'Manager initialized successfully\|Starting Workflow Controller' "$cluster/logs/argo.log" || fail "Argo does not start; see $cluster/logs/argo.log"
  write_environment
  trap - EXIT
  say "The cluster is ready, after $((SECONDS - started)) s"
  cat "$environment_file"
}

# ${name} for the names that objects/ uses; everything else stays.
envsubst_only() {
  local text
  text=$(cat)
  local name
  for name in namespace access_key secret_key node bucket; do text=${text//"\${$name}"/${!name}}; done
  printf '%s\n' "$text"
}

down_after_failure() {
  local status=$?
  [ "$status" = 0 ] || note "Ending what was started; the logs stay in $cluster/logs"
  down
  exit "$status"
}

down() {
  local hierarchy
  # What another state folder's cluster of the same number has is not ours to take away.
  [ -e "$cluster/started" ] || return 0
  if is_up; then
    kill -KILL "$(cat "$cluster/init.pid")"
    wait_for 120 "the end of the cluster" not_up || fail "the cluster's first process $(cat "$cluster/init.pid") does not end"
  fi
  rm -f "$cluster/init.pid" "$environment_file"
  # The network goes with its last process; the cable with the network, a moment later.
  ip link delete "$cable" 2>/dev/null || true
  for hierarchy in $(hierarchies); do
    [ -d "$hierarchy/$cgroup" ] || continue
    wait_for 60 "$hierarchy" remove_groups "$hierarchy/$cgroup" || note "Still in use: $hierarchy/$cgroup"
  done
  rm -f "$cluster/started"
}
not_up() { ! is_up; }
remove_groups() { find "$1" -depth -type d -exec rmdir {} + 2>/dev/null; [ ! -d "$1" ]; }

api_is_back() { [[ " $* " != *apiserver* ]] || wait_for 180 "the API server" answers /readyz; }
needs_running() { is_up || fail "no cluster runs in $cluster: type e2e/cluster/cluster.sh up"; }

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
build) check_machine && build_everything ;;
up) up ;;
down) down ;;
running) is_up ;;
env) needs_running && cat "$environment_file" ;;
stop) needs_running && for component in "$@"; do end_component "$component" KILL; done ;;
start) needs_running && for component in "$@"; do start_component "$component"; done && api_is_back "$@" ;;
restart) needs_running && for component in "$@"; do end_component "$component" KILL && start_component "$component"; done && api_is_back "$@" ;;
logs) needs_running && exec tail -n 200 -F "$cluster/logs/${1:?which component}.log" ;;
inside) needs_running && inside "$@" ;;
*) sed -n '2,/^\. /{/^\. /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
