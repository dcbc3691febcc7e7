#!/usr/bin/env bash
# A cluster of kind or k3d with Argo and its MinIO, for machines with Docker and a way to the public registries.
#   docker.sh up      start it; the environment for the tests goes to standard output, everything else to standard error
#   docker.sh down    end it
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/environment.sh"
. "$repository/scripts/tools.sh"
. "$repository/e2e/cluster/layout.sh"

name=dagwright-test
folder=$cluster_cache/docker
kubeconfig=$folder/kubeconfig
argo_release=https://github.com/argoproj/argo-workflows/releases/download/$argo_version

# Which of the two is here; kind first.
tool() { if command -v kind >/dev/null; then echo kind; else echo k3d; fi; }

up() {
  local port=9000
  command -v kubectl >/dev/null || fail "kubectl is missing: it is needed for a cluster of $(tool)"
  mkdir -p "$folder"
  say "Starting a cluster of $(tool), with Argo Workflows $argo_version and its MinIO"
  case $(tool) in
  kind) kind create cluster --name "$name" --kubeconfig "$kubeconfig" --wait 120s ;;
  k3d) k3d cluster create "$name" --wait --kubeconfig-update-default=false && k3d kubeconfig get "$name" >"$kubeconfig" ;;
  esac
  export KUBECONFIG=$kubeconfig
  kubectl create namespace "$namespace"
  kubectl apply --namespace "$namespace" --server-side -f "$argo_release/quick-start-minimal.yaml"
  kubectl apply --namespace "$namespace" -f - <<'END'
apiVersion: v1
kind: ConfigMap
metadata:
  name: artifact-repositories
  annotations: {workflows.argoproj.io/default-artifact-repository: default}
data:
  default: |
    archiveLogs: true
    s3:
      endpoint: minio:9000
      insecure: true
      bucket: my-bucket
      accessKeySecret: {name: my-minio-cred, key: accesskey}
      secretKeySecret: {name: my-minio-cred, key: secretkey}
END
  kubectl wait --namespace "$namespace" --for=condition=Available --timeout=300s deployment/workflow-controller deployment/minio
  # The pods reach the S3 server by its name, this machine by a forwarded port.
  nohup kubectl port-forward --namespace "$namespace" service/minio "$port:9000" >"$folder/port-forward.log" 2>&1 </dev/null &
  echo "$!" >"$folder/port-forward.pid"
  wait_for 30 "the S3 server" curl --silent --output /dev/null "http://127.0.0.1:$port" || fail "the S3 server cannot be reached; see $folder/port-forward.log"
} >&2

# The credentials are those of Argo's quick start.
print_environment() {
  cat <<END
export KUBECONFIG=$kubeconfig
export DAGWRIGHT_TEST_CLUSTER=docker
export DAGWRIGHT_KUBECTL=kubectl
export DAGWRIGHT_NAMESPACE=$namespace
export DAGWRIGHT_S3_BUCKET=my-bucket
export AWS_ENDPOINT_URL_S3=http://127.0.0.1:9000
export AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=admin
export AWS_SECRET_ACCESS_KEY=password
END
}

down() {
  local pid
  pid=$(cat "$folder/port-forward.pid" 2>/dev/null) && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q 'port-forward' && kill "$pid"
  rm -f "$folder/port-forward.pid"
  case $(tool) in
  kind) kind delete cluster --name "$name" --kubeconfig "$kubeconfig" ;;
  k3d) k3d cluster delete "$name" ;;
  esac
}

case ${1:-} in
up) up && print_environment ;;
down) down ;;
*) sed -n '2,/^\. /{/^\. /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
