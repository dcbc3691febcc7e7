# The tools each build needs: each function says what it installs and why, and does nothing where it is there already.
# Everything goes under the cache folder, except the system's packages. Sourced after environment.sh.
# shellcheck shell=bash

# Runs a command as root: as it is, through sudo where that asks nothing, or not at all (1).
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1
  fi
}

# Installs Debian packages; where that is not allowed here, returns 1 and prints the one command to type.
# $1: why; the rest: packages.
ensure_packages() {
  local why=$1 package missing=()
  shift
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local command="apt-get install --no-install-recommends -y ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    note "Needed: ${missing[*]} ($why), by your system's own packages. There is no apt-get here."
    return 1
  fi
  say "Installing ${missing[*]} by apt: $why"
  if as_root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -q >/dev/null && $command" >"$state/apt.log" 2>&1; then return 0; fi
  note "That needs root here, or failed (see $state/apt.log). Type this once:  sudo $command"
  return 1
}

# `cargo install` into the tools folder. $1: crate, $2: version, $3: why, the rest: flags.
cargo_install() {
  local crate=$1 version=$2 why=$3
  shift 3
  say "Building $crate $version into the tools folder ($why; a few minutes, once)"
  CARGO_TARGET_DIR=$cache/target-tools cargo install --debug --quiet --root "$tools" --version "$version" "$@" "$crate" ||
    fail "cargo install $crate $version failed; its message is above"
}

# Whether PATH has a program of that very version (its --version names it as a word).
has_version() {
  local program=$1 version=$2
  command -v "$program" >/dev/null && "$program" --version 2>/dev/null | grep -qwF -- "$version"
}

ensure_trunk() {
  has_version trunk "$trunk_version" || cargo_install trunk "$trunk_version" "it bundles the browser app" --locked
}

ensure_wasm_bindgen() {
  local version
  version=$(locked_version wasm-bindgen)
  [ -n "$version" ] || fail "Cargo.lock names no wasm-bindgen: run 'cargo generate-lockfile'"
  has_version wasm-bindgen "$version" ||
    cargo_install wasm-bindgen-cli "$version" "it makes the JavaScript side of the wasm, at the very version in Cargo.lock"
}

ensure_wasm_opt() {
  has_version wasm-opt "$binaryen_version" && return
  command -v npm >/dev/null || fail "npm is missing: install Node 20 or newer with npm (binaryen's wasm-opt and the browser tests come from it)"
  say "Installing wasm-opt (npm's binaryen $binaryen_version) into the tools folder: it makes the wasm smaller"
  mkdir -p "$tools/node"
  npm install --silent --prefix "$tools/node" "binaryen@$binaryen_version" || fail "npm install binaryen failed; its message is above"
}

# CodeMirror and its bundler, at the versions and checksums of the lock file.
ensure_code_editor_packages() {
  local folder=$repository/frontend/code-editor lock
  lock=$(sha256sum <"$folder/package-lock.json")
  [ "$(cat "$folder/node_modules/.package-lock.sha256" 2>/dev/null)" = "$lock" ] && return
  command -v npm >/dev/null || fail "npm is missing: install Node 20 or newer with npm (the code editor, CodeMirror, comes from it)"
  say "Installing the code editor's packages (npm) into frontend/code-editor/"
  (cd "$folder" && npm ci --silent) || fail "npm ci in frontend/code-editor failed; its message is above"
  printf '%s\n' "$lock" >"$folder/node_modules/.package-lock.sha256"
}

# It has no --version of its own: what `cargo install` wrote down tells.
ensure_wasm_split() {
  grep -qF "wasm_split_cli_support $wasm_split_version " "$tools/.crates.toml" 2>/dev/null && return
  cargo_install wasm_split_cli_support "$wasm_split_version" "it splits the wasm into what the first page needs and the rest" --locked --features build-binary
}

ensure_cargo_deny() {
  has_version cargo-deny "$cargo_deny_version" || cargo_install cargo-deny "$cargo_deny_version" "it checks the dependencies' licences" --locked
}

# The sandbox of the local engine where no Docker or Podman answers. Without it tasks are plain processes, so only a note.
ensure_sandbox() {
  command -v bwrap >/dev/null && return
  ensure_packages "tasks run in its namespaces where there is no Docker or Podman" bubblewrap ||
    note "Going on without it: tasks will run as plain processes, and the run page says so."
}

# Python functions run in virtual environments made by the system's python3.
ensure_python() {
  if command -v python3 >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null; then return; fi
  ensure_packages "Python components run in virtual environments" python3 python3-venv python3-pip ||
    note "Going on without them: Python components will not run until they are there."
}

ensure_schemathesis() {
  "$tools/schemathesis/bin/python" -c "from importlib.metadata import version; assert version('schemathesis') == '$schemathesis_version'" 2>/dev/null && return
  ensure_python
  say "Installing schemathesis $schemathesis_version into a virtual environment in the tools folder (it tests the API against its description)"
  python3 -m venv --clear "$tools/schemathesis" &&
    "$tools/schemathesis/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$schemathesis_version" ||
    fail "schemathesis could not be installed; the message is above"
}

# Finds Chromium for the browser tests, and exports DAGWRIGHT_CHROMIUM.
ensure_chromium() {
  local program
  for program in "${DAGWRIGHT_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$program" ] && command -v "$program" >/dev/null; then
      DAGWRIGHT_CHROMIUM=$(command -v "$program")
      export DAGWRIGHT_CHROMIUM
      return
    fi
  done
  ensure_packages "the browser tests drive a real Chromium" chromium || fail "No Chromium for the browser tests."
  DAGWRIGHT_CHROMIUM=$(command -v chromium) && export DAGWRIGHT_CHROMIUM
}

# What the browser tests are made with, into e2e/browser/node_modules.
ensure_browser_packages() (
  command -v node >/dev/null || fail "Node 20 or newer is missing: the browser tests run on it"
  cd "$repository/e2e/browser"
  [ "$(cat node_modules/.package-lock.sha256 2>/dev/null)" = "$(sha256sum <package-lock.json)" ] && return
  npm ci --silent && sha256sum <package-lock.json >node_modules/.package-lock.sha256
)

# Whether the Rust on PATH has a std for the browser.
has_wasm_target() {
  compgen -G "$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null)/libstd-*.rlib" >/dev/null
}

# Rust for the browser. First rustup's own target; where its server cannot be reached (remembered, so that it is waited
# for once), Debian's Rust with its std built from source. Exports what the wasm builds need; call it in a subshell or
# in a script that builds nothing else.
ensure_wasm_target() {
  has_wasm_target && return
  local unreachable timeout=${DAGWRIGHT_RUSTUP_TIMEOUT:-60}
  unreachable=$state/rustup-target-unreachable-$(rustc --version | cut -d' ' -f2)
  if [ ! -e "$unreachable" ] && command -v rustup >/dev/null; then
    say "Adding the wasm32-unknown-unknown target by rustup (the browser app is WebAssembly; waiting at most $timeout s)"
    if timeout --kill-after=5 "$timeout" rustup target add wasm32-unknown-unknown >"$state/rustup.log" 2>&1 && has_wasm_target; then return; fi
    touch "$unreachable"
    note "rustup could not fetch it (see $state/rustup.log). Using Debian's Rust instead, from now on; to try rustup again, delete"
    note "$unreachable"
  fi
  debian_wasm_target
}

# Debian's Rust and std's source; the wasm builds take this compiler, everything else goes on with rustup's.
debian_wasm_target() {
  ensure_packages "Rust with its std's source, which is built for the browser from it" rustc-web cargo-web rust-web-src libstd-rust-web-dev ||
    fail "The wasm32-unknown-unknown target is missing. Type 'rustup target add wasm32-unknown-unknown', or the command above."
  local host linker
  host=$(rustc -vV | sed -n 's/^host: //p')
  linker=$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld # Debian's own lld is too old
  [ -x "$linker" ] || fail "No rust-lld at $linker: install Rust by rustup, whose toolchains bring it."
  mkdir -p "$tools/debian-rust"
  ln -sf /usr/bin/rustc /usr/bin/cargo "$tools/debian-rust/"
  export PATH=$tools/debian-rust:$PATH
  export RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_abort CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker
  unset RUSTUP_TOOLCHAIN RUSTC CARGO
  # std's own dependencies, once for each Cargo.lock: the build itself is offline.
  local fetched
  fetched=$state/fetched-$(sha256sum <"$repository/Cargo.lock" | cut -c1-16)
  [ -e "$fetched" ] && return
  say "Fetching the crates of the browser app and of its std"
  (cd "$repository" && cargo fetch --quiet --target wasm32-unknown-unknown) || fail "cargo fetch failed; its message is above"
  rm -f "$state"/fetched-* && touch "$fetched"
}
