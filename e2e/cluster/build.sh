# The cluster's programs, from the Go module proxy, and its images. Each is built when its sources changed. Sourced after layout.sh.
# shellcheck shell=bash

go_minimum=1.25
debian_packages=(containerd runc containernetworking-plugins iptables conntrack iproute2 util-linux openssl debootstrap)

# The Go caches are the cluster's own: 9 GB, which go when all is built. What is broken off goes on from them.
go_environment() {
  export GOMODCACHE=$cluster_cache/go/mod GOCACHE=$cluster_cache/go/build GOFLAGS=-buildvcs=false CGO_ENABLED=0
}

ensure_go() {
  local found
  found=$(go env GOVERSION 2>/dev/null) || fail "Go is missing: install Go $go_minimum or newer (https://go.dev/dl/); the cluster's programs are built with it"
  # From 1.21 on it fetches the version that a go.mod names, by the module proxy. Debian 12's own is older.
  [ "$(printf '%s\n' go1.21 "$found" | sort -V | head -1)" = go1.21 ] ||
    fail "$found is too old to fetch a newer one: install Go $go_minimum or newer (https://go.dev/dl/)"
}

# Runs a build when the given sources, the function itself or the version of Go changed since it succeeded.
# $1: name, $2: the function, the rest: sources.
when_changed() {
  local name=$1 build=$2 stamp hash started=$SECONDS
  shift 2
  stamp=$cluster_cache/$name.stamp
  hash=$(inputs_hash "$@")-$(declare -f go_environment "$build" | sha256sum | cut -c 1-16)-$(go env GOVERSION)
  [ "$(cat "$stamp" 2>/dev/null)" != "$hash" ] || return 0
  rm -f "$stamp"
  "$build"
  echo "$hash" >"$stamp"
  has_built=yes
  note "$name: $((SECONDS - started)) s"
}

build_kubernetes() {
  say "Building Kubernetes $kubernetes_version and etcd (about 6 minutes from a cold cache)"
  local version=k8s.io/component-base/version name
  (cd "$cluster_folder/kubernetes" && go build -tags providerless,dockerless -trimpath -o "$binaries/kubernetes" \
    -ldflags "-s -w -X $version.gitVersion=$kubernetes_version -X $version.gitMajor=1 -X $version.gitMinor=34" .)
  for name in etcd kube-apiserver kube-controller-manager kube-proxy kube-scheduler kubelet kubectl; do
    ln -sf kubernetes "$binaries/$name"
  done
}

# The module's zip lacks a symbolic link that the executor needs; only a vendored copy can be mended.
build_argo() {
  say "Building Argo Workflows $argo_version (about 5 minutes from a cold cache)"
  local source=$cluster_cache/argo module=github.com/argoproj/argo-workflows/v3
  rm -rf "$source" && cp -r "$cluster_folder/argo" "$source"
  (
    cd "$source"
    go mod vendor
    ln -sf signal_darwin.go "vendor/$module/workflow/executor/osspecific/signal_linux.go"
    go build -mod=vendor -trimpath -ldflags "-s -w -X $module.version=$argo_version" -o "$binaries/" "$module/cmd/workflow-controller" "$module/cmd/argoexec"
    rm -rf "$cluster_cache/argo-crds"
    cp -r "$(GOFLAGS=-mod=mod go list -m -f '{{.Dir}}' "$module")/manifests/base/crds/minimal" "$cluster_cache/argo-crds"
    chmod -R u+w "$cluster_cache/argo-crds"
  )
  rm -rf "$source"
}

# Argo's own check of a Workflow, of the oldest version that exports are for and of the cluster's.
build_validators() {
  say "Building Argo's own check of Workflows, of two versions (about 3 minutes from a cold cache)"
  local version
  for version in 3.5 3.7; do
    (cd "$cluster_folder/validate" && go build -modfile="argo-$version.mod" -tags "argo${version/./}" -trimpath -ldflags "-s -w" -o "$binaries/argo-validate-$version" .)
  done
}

build_s3() {
  say "Building the S3 server versitygw (about a minute)"
  (cd "$cluster_folder/s3" && go build -trimpath -ldflags "-s -w" -o "$binaries/" github.com/versity/versitygw/cmd/versitygw)
}

build_everything() {
  ensure_packages "the one-machine cluster consists of them" "${debian_packages[@]}" || fail "The one-machine cluster cannot be built here: packages are missing (above)."
  ensure_go
  go_environment
  mkdir -p "$binaries" "$images"
  local has_built=no
  when_changed kubernetes build_kubernetes e2e/cluster/kubernetes
  when_changed argo build_argo e2e/cluster/argo
  when_changed validators build_validators e2e/cluster/validate
  when_changed s3 build_s3 e2e/cluster/s3
  when_changed images make_images e2e/cluster/images.sh e2e/cluster/pause e2e/cluster/argo
  if [ "$has_built" = yes ]; then chmod -R u+w "$cluster_cache/go" && rm -rf "$cluster_cache/go"; fi
}
