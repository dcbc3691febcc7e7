#!/usr/bin/env bash
# Bundles frontend/code-editor into the folder code-editor/ of what trunk is making. A hook of trunk (see Trunk.toml); its
# packages were installed by scripts/frontend.sh; not to be called by hand.
set -euo pipefail
mkdir -p "$TRUNK_STAGING_DIR/code-editor"
node frontend/code-editor/build.mjs "$TRUNK_STAGING_DIR/code-editor" "$TRUNK_PROFILE"
