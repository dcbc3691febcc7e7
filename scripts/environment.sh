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
wasm_split_version=0.2.4
cargo_deny_version=0.20.2
schemathesis_version=4.32.5

# A step: when (since the script began) and what.
say() { printf '\033[1m==> %d:%02d\033[0m %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"; }
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

# The files under the given files and folders, as git sees them (tracked and new, not ignored), or all where there is no git.
inputs() {
  git ls-files -z --cached --others --exclude-standard -- "$@" 2>/dev/null ||
    find "$@" \( -name dist -o -name target -o -name node_modules \) -prune -o -type f ! -name '.dist-stamp' -print0
}

# One hash over the contents of the given files and folders.
inputs_hash() {
  (cd "$repository" && inputs "$@" | sort -zu | while IFS= read -r -d '' file; do
    if [ -f "$file" ]; then printf '%s\0' "$file"; fi
  done | xargs -0 -r sha256sum) | sha256sum | cut -d' ' -f1
}
