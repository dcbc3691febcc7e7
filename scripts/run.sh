#!/usr/bin/env bash
# `make run`: brings what is missing, builds the browser app and the binary that embeds it, and starts it.
# Arguments go on to `dagwright serve`.
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
. "$repository/scripts/tools.sh"

command -v cargo >/dev/null || fail "Rust is missing: install it by rustup (https://rustup.rs), then type make run again"
ensure_sandbox
ensure_python
"$repository/scripts/frontend.sh" release

say "Building the binary (release, with the browser app inside)"
cd "$repository"
cargo build --release --package dagwright

say "Starting Dagwright; Ctrl+C ends it"
exec "$native_target/release/dagwright" serve "$@"
