#!/usr/bin/env bash
# Builds frontend/python-module into the folder python/ of what trunk is making. A hook of trunk (see Trunk.toml), which
# gives the environment of its own cargo; not to be called by hand.
set -euo pipefail
out=$TRUNK_STAGING_DIR/python
profile=wasm-dev
[ "$TRUNK_PROFILE" = release ] && profile=wasm
cargo build --quiet --offline --package dagwright-python-module --target wasm32-unknown-unknown --profile "$profile"
wasm-bindgen --target web --no-typescript --out-dir "$out" --out-name python \
  "$CARGO_TARGET_DIR/wasm32-unknown-unknown/$profile/dagwright_python_module.wasm"
if [ "$profile" = wasm ]; then
  wasm-opt -Oz "$out/python_bg.wasm" -o "$out/python_bg.wasm.small"
  mv "$out/python_bg.wasm.small" "$out/python_bg.wasm"
fi
