# Arguments: interpreter, folder to make, requirements. Debian's Python has pip but no ensurepip unless python3-venv is
# there, others have both; pip can install into another environment since 22.3, which is faster too.
set -e
python=$1
folder=$2
shift 2
if "$python" -m pip --python "$python" --version >/dev/null 2>&1; then
  "$python" -m venv --without-pip "$folder"
  exec "$python" -m pip --python "$folder/bin/python" install --no-input --disable-pip-version-check --progress-bar off -- "$@"
fi
"$python" -m venv "$folder"
exec "$folder/bin/python" -m pip install --no-input --disable-pip-version-check --progress-bar off -- "$@"
