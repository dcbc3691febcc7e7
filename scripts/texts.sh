#!/usr/bin/env bash
# Puts the tables of shared/texts/ko together as texts/ko.json of what trunk is making: one JSON object, English to Korean,
# which the browser app fetches when it speaks Korean. A hook of trunk (see Trunk.toml); not to be called by hand.
set -euo pipefail
mkdir -p "$TRUNK_STAGING_DIR/texts"
node -e '
  const { readdirSync, readFileSync, writeFileSync } = require("fs");
  const read = (file) => JSON.parse(readFileSync(`shared/texts/ko/${file}`, "utf8"));
  // The server says its own.
  const files = readdirSync("shared/texts/ko").filter((file) => file.endsWith(".json") && file !== "server.json").sort();
  writeFileSync(process.argv[1], JSON.stringify(Object.assign({}, ...files.map(read))));
' "$TRUNK_STAGING_DIR/texts/ko.json"
