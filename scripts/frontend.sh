#!/usr/bin/env bash
# Builds the browser app into frontend/dist, where the binary embeds it: `frontend.sh release` (small; what is served and
# tested) or `frontend.sh dev` (quick; for work on it). Does nothing where neither sources nor mode have changed.
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
. "$repository/scripts/tools.sh"

mode=${1:-release}
case $mode in release) flags=(--release) ;; dev) flags=() ;; *) fail "usage: scripts/frontend.sh [release|dev]" ;; esac

stamp=$repository/frontend/.dist-stamp
wanted="$mode $(inputs_hash frontend shared Cargo.toml Cargo.lock Trunk.toml \
  scripts/environment.sh scripts/tools.sh scripts/frontend.sh scripts/python-module.sh scripts/code-editor.sh scripts/wasm-split.sh)"
if [ -f "$repository/frontend/dist/index.html" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
  say "The browser app is up to date"
  exit
fi

ensure_wasm_target
ensure_trunk
ensure_wasm_bindgen
ensure_code_editor_packages
ensure_wasm_split
[ "$mode" = dev ] || ensure_wasm_opt

say "Building the browser app ($mode)"
rm -f "$stamp"
cd "$repository"
# trunk's intermediate names are fixed: two checkouts that share the target folder take turns.
exec 9>"$wasm_target/.one-build-at-a-time"
flock 9
# Leptos' own switch: views without their long types. A tenth smaller (286 for 316 KiB gzipped when measured) and quicker to
# compile; making a view costs a little more, changing one the same.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--cfg erase_components"
CARGO_TARGET_DIR=$wasm_target trunk --log warn build --offline "${flags[@]}"
printf '%s\n' "$wanted" >"$stamp"
