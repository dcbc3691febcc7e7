# What every script here shares: where tools and builds live, and how steps are reported. Sourced, never run.
# Installs nothing and changes nothing outside the cache folder.
# shellcheck shell=bash
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dagwright
tools=$cache/tools
state=$cache/state
native_target=${CARGO_TARGET_DIR:-$cache/target}
wasm_target=${DAGWRIGHT_WASM_TARGET_DIR:-$cache/target-wasm}
mkdir -p "$tools/bin" "$state" "$native_target" "$wasm_target"
export CARGO_TARGET_DIR=$native_target

trunk_version=0.21.14
binaryen_version=132
cargo_deny_version=0.20.2
schemathesis_version=4.32.5

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
fail() { printf '\033[1;31merror:\033[0m %s\n' "$*" >&2; exit 1; }

# The version of a crate in Cargo.lock.
locked_version() {
  awk -v name="$1" '$1 == "name" { found = ($3 == "\"" name "\"") } found && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' \
    "$repository/Cargo.lock"
}

# Tools of our own come first, so that one of another version on PATH does not get in the way.
PATH=$tools/bin:$tools/node/node_modules/.bin:$PATH
export PATH
export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false

# One hash over the contents of the given files and folders as git sees them (tracked and new, not ignored).
inputs_hash() {
  (cd "$repository" && git ls-files -z --cached --others --exclude-standard -- "$@" | sort -zu |
    while IFS= read -r -d '' file; do [ -f "$file" ] && printf '%s\0' "$file"; done | xargs -0 -r sha256sum) | sha256sum | cut -d' ' -f1
}
