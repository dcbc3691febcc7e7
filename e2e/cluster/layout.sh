# Where the one-machine cluster keeps its things and which addresses it has. Sourced after scripts/environment.sh.
# One number tells clusters apart: everything that two of them could fight over follows from it.
# shellcheck shell=bash disable=SC2034

cluster_folder=$repository/e2e/cluster
cluster_cache=$cache/cluster
binaries=$cluster_cache/bin
images=$cluster_cache/images

number=${DAGWRIGHT_CLUSTER_NUMBER:-213}
[[ $number =~ ^[0-9]+$ ]] && [ "$number" -le 255 ] || fail "DAGWRIGHT_CLUSTER_NUMBER is '$number': take a number from 0 to 255 (the cluster has 10.<number>.0.0/16)"
cluster=${DAGWRIGHT_CLUSTER_STATE:-$cluster_cache/state-$number}
node=10.$number.0.1            # the node, the API server, S3; on the pods' bridge
pod_range=10.$number.0.0/17
service_range=10.$number.128.0/18
api_service=10.$number.128.1   # the first of service_range, as the API server takes it
outside=10.$number.255.1       # this machine's end of the cable into the cluster
inside_end=10.$number.255.2
cable=dagwright$number
cgroup=dagwright-$number
namespace=argo
bucket=pipelines
kubeconfig=$cluster/kubeconfig
environment_file=$cluster/env

kubernetes_version=v1.34.4
argo_version=v3.7.14
argoexec_image=quay.io/argoproj/argoexec:$argo_version
pause_image=dagwright/pause:1

# Runs a program inside the cluster's namespaces (its mounts, its network, its processes).
inside() { nsenter --target "$(cat "$cluster/init.pid")" --mount --net --pid --wd=/ -- "$@"; }

# Whether the cluster's first process lives. A recorded number counts only while it is that very process.
is_up() {
  local pid
  pid=$(cat "$cluster/init.pid" 2>/dev/null) && [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "/e2e/cluster/init.sh $cluster "
}

# Waits until a command succeeds. $1: seconds, $2: what for, the rest: the command.
wait_for() {
  local seconds=$1 what=$2 end
  end=$((SECONDS + seconds))
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}
