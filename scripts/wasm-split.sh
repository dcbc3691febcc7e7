#!/usr/bin/env bash
# Splits the app's wasm at the functions marked wasm_split and puts the pieces in the place of what trunk made of the
# whole: the first page's part under trunk's own names, the rest in a folder whose name follows the contents. A hook of
# trunk (see Trunk.toml), which gives the environment of its own cargo; not to be called by hand.
# trunk cannot do it itself: the splitter has to run before wasm-bindgen, and wasm-opt over every piece.
set -euo pipefail
profile=wasm-dev
[ "$TRUNK_PROFILE" = release ] && profile=wasm
whole=$CARGO_TARGET_DIR/wasm32-unknown-unknown/$profile/dagwright-frontend.wasm
name=$(basename "$TRUNK_STAGING_DIR"/dagwright-frontend-*_bg.wasm _bg.wasm)
pieces=$CARGO_TARGET_DIR/wasm-split
rm -rf "$pieces" && mkdir -p "$pieces"
wasm-split-cli "$whole" "$pieces" --out-name "$name"

parts=parts-$(cat "$pieces"/* | sha256sum | cut -c1-16)
# What the linker exports (the table of functions, the stack) is shared by all pieces.
wasm-bindgen --target web --no-typescript --keep-lld-exports --out-dir "$TRUNK_STAGING_DIR" --out-name "$name" "$pieces/$name.wasm"
# The import statement alone: the wasm goes on to know the file by its old name.
sed -i "s|from [\"']\./__wasm_split\.js[\"']|from './$parts/parts.js'|" "$TRUNK_STAGING_DIR/$name.js"
mkdir "$TRUNK_STAGING_DIR/$parts"
sed "s|\"\./$name\.js\"|\"../$name.js\"|" "$pieces/__wasm_split.js" >"$TRUNK_STAGING_DIR/$parts/parts.js"
rm "$pieces/$name.wasm" "$pieces/__wasm_split.js"
mv "$pieces"/*.wasm "$TRUNK_STAGING_DIR/$parts/"

[ "$profile" = wasm ] || exit 0
features=(--enable-bulk-memory --enable-reference-types --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals --enable-multivalue)
for piece in "$TRUNK_STAGING_DIR/${name}_bg.wasm" "$TRUNK_STAGING_DIR/$parts"/*.wasm; do
  wasm-opt -Oz "${features[@]}" "$piece" -o "$piece.small"
  mv "$piece.small" "$piece"
done
