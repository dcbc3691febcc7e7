# Sourced by the adapters SHAPE N [true|python]: the graph run by a new server on an empty data folder, in the sandbox $sandbox.
here=$(cd "$(dirname "$0")" && pwd)
. "$BENCH_HOME/adapter.sh"
offers true python
: "${DAGWRIGHT_BIN:?names the binary}"
# shellcheck disable=SC2154,SC2086 # from the bench; the command's words are separate arguments
python3 "$here/pipeline.py" "$work/graph.json" $command > "$work/pipeline.yaml"
# shellcheck disable=SC2154
measure "$label in the sandbox $sandbox, events and logs kept" env DAGWRIGHT_DATA_DIR="$work/data" \
  "$DAGWRIGHT_BIN" run "$work/pipeline.yaml" --sandbox "$sandbox" --slots 4 --yes --quiet
