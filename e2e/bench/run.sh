#!/usr/bin/env bash
# Runs one bench beside its peers: e2e/bench/run.sh compile|local-run [options of its bench.py]
# The peers are no part of this repository: DAGWRIGHT_BENCH names the folder that holds compile/ and local-run/.
# DAGWRIGHT_BIN names the binary (default: the release build of this checkout).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
which=${1:-}
case $which in compile | local-run) shift ;; *) echo "usage: e2e/bench/run.sh compile|local-run [options]" >&2; exit 2 ;; esac
if [ ! -x "${DAGWRIGHT_BENCH:-}/$which/run.sh" ]; then
  echo "no peers: set DAGWRIGHT_BENCH to the folder that holds $which/run.sh with the peers and the measuring" >&2
  exit 3
fi
export DAGWRIGHT_BIN=${DAGWRIGHT_BIN:-${CARGO_TARGET_DIR:-$here/../../target}/release/dagwright}
[ -x "$DAGWRIGHT_BIN" ] || { echo "no binary at $DAGWRIGHT_BIN: cargo build --release -p dagwright, or set DAGWRIGHT_BIN" >&2; exit 3; }
case $which in
  compile) adapters=("$here/compile/dagwright") ;;
  local-run) adapters=("$here/local-run/dagwright-process:true" "$here/local-run/dagwright-bubblewrap:true") ;;
esac
exec "$DAGWRIGHT_BENCH/$which/run.sh" "$@" "${adapters[@]}"
