#!/usr/bin/env bash
# `make test-cluster`: runs on a real Kubernetes with a real Argo and a real S3 server. On the cluster of KUBECONFIG when that
# is set, else on one of kind or k3d where Docker answers, else on the one-machine cluster of e2e/cluster. What was started
# here is ended here. Arguments go on to the test binary (a part of a test's name, --nocapture, …), and nothing else runs
# then. DAGWRIGHT_FRONTEND=dev takes a browser app that is built sooner.
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
. "$repository/scripts/tools.sh"
cd "$repository"

one_machine=$repository/e2e/cluster/cluster.sh
started=

# Ends what was started here, and only that.
end_cluster() {
  local status=$?
  trap - EXIT
  case $started in
  one-machine) "$one_machine" down || status=1 ;;
  docker) "$repository/e2e/cluster/docker.sh" down || status=1 ;;
  esac
  exit "$status"
}
trap end_cluster EXIT
trap 'exit 130' INT TERM HUP

# Says what a cluster of KUBECONFIG must have besides.
check_given_cluster() {
  local name missing=()
  command -v "${DAGWRIGHT_KUBECTL:=kubectl}" >/dev/null || fail "kubectl is missing: the tests look at the cluster of KUBECONFIG through it"
  for name in AWS_ENDPOINT_URL_S3 DAGWRIGHT_S3_BUCKET AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; do
    [ -n "${!name:-}" ] || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] || fail "KUBECONFIG is set, but not ${missing[*]}: an S3 server that the pods reach as well, and the ConfigMap artifact-repositories that names it"
  "$DAGWRIGHT_KUBECTL" get --request-timeout=10s workflows.argoproj.io -n "${DAGWRIGHT_NAMESPACE:=argo}" >/dev/null ||
    fail "No Argo Workflows answers in the namespace $DAGWRIGHT_NAMESPACE of the cluster of KUBECONFIG (DAGWRIGHT_NAMESPACE names another); the message is above"
  export DAGWRIGHT_KUBECTL DAGWRIGHT_NAMESPACE DAGWRIGHT_TEST_CLUSTER=given
}

docker_answers() { command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1; }

if [ -n "${KUBECONFIG:-}" ]; then
  say "Using the cluster of KUBECONFIG"
  check_given_cluster
elif { command -v kind || command -v k3d; } >/dev/null && docker_answers; then
  started=docker
  environment=$("$repository/e2e/cluster/docker.sh" up)
  eval "$environment"
else
  # A cluster that somebody left running is used and left; it is not ours to end.
  if ! "$one_machine" running; then started=one-machine; fi
  "$one_machine" up
  eval "$("$one_machine" env)"
fi

say "Building the tests and the binary (debug)"
cargo test --quiet --package dagwright --test cluster --no-run
say "Runs on the cluster"
# One after another: they share one node, and some restart its components.
if [ $# -gt 0 ]; then
  cargo test --package dagwright --test cluster -- --test-threads=1 "$@"
  exit
fi
cargo test --package dagwright-shared --test pipelines live:: -- --test-threads=2
cargo test --package dagwright --test cluster -- --test-threads=1

say "The browser on the cluster"
ensure_chromium
"$repository/scripts/frontend.sh" "${DAGWRIGHT_FRONTEND:-release}"
cargo build --package dagwright
ensure_browser_packages
cd "$repository/e2e/browser"
DAGWRIGHT_BINARY=$native_target/debug/dagwright node --test --test-concurrency=1 --test-reporter=spec tests-cluster/
