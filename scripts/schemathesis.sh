#!/usr/bin/env bash
# Runs schemathesis against a running server: no 5xx, and no answer outside the API's own description.
# usage: scripts/schemathesis.sh http://127.0.0.1:PORT TOKEN   (the browser tests call it on a server of their own)
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
. "$repository/scripts/tools.sh"
[ $# = 2 ] || fail "usage: scripts/schemathesis.sh http://127.0.0.1:PORT TOKEN"
origin=$1 token=$2
ensure_schemathesis

# Streams are left out, as they never end; the same seed each time, so that a failure is the change's.
cd "$state"
PYTHONPATH=$repository/e2e/api SCHEMATHESIS_HOOKS=schemathesis_hooks PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 timeout 400 "$tools/schemathesis/bin/schemathesis" run "$origin/api/openapi.json" \
  --url "$origin" --header "Authorization: Bearer $token" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --phases examples,coverage,fuzzing --max-examples "${DAGWRIGHT_SCHEMATHESIS_EXAMPLES:-40}" \
  --seed 20 --generation-deterministic --no-shrink --no-color --warnings off \
  --exclude-path-regex '(/events|/stream)$' \
  --request-timeout 20 --workers 1
