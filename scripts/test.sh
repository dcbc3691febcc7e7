#!/usr/bin/env bash
# `make test`: lints, licences, unit, property and HTTP tests, then the API's schema and the browser tests against the real
# binary. Stops at the first part that fails. `test.sh browser` does the last two alone.
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
. "$repository/scripts/tools.sh"
cd "$repository"

rust_checks() {
  say "Formatting"
  cargo fmt --all --check
  say "Lints"
  cargo clippy --workspace --all-targets -- --deny warnings
  ensure_cargo_deny
  say "Licences and sources of the dependencies"
  cargo deny --log-level error check licenses bans sources
  say "Unit, property and HTTP tests, and the rules of the house"
  cargo test --workspace
}

browser_checks() {
  ensure_chromium
  "$repository/scripts/frontend.sh" release
  "$repository/scripts/size.sh"
  say "Building the binary (debug; it serves frontend/dist)"
  cargo build --package dagwright
  # A copy: another checkout may build into the same target folder meanwhile.
  DAGWRIGHT_BINARY=$state/under-test-$$
  trap 'rm -f "$DAGWRIGHT_BINARY"' EXIT
  cp "$native_target/debug/dagwright" "$DAGWRIGHT_BINARY"
  export DAGWRIGHT_BINARY
  ensure_schemathesis
  say "The API against its description, and the browser tests"
  cd "$repository/e2e/browser"
  ensure_browser_packages
  node --test --test-concurrency=1 --test-reporter=spec tests/
}

case ${1:-all} in
all)
  rust_checks
  browser_checks
  ;;
rust) rust_checks ;;
browser) browser_checks ;;
*) fail "usage: scripts/test.sh [all|rust|browser]" ;;
esac
