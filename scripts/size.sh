#!/usr/bin/env bash
# Weighs the built browser app (frontend/dist) part by part and fails where one is over frontend/size-budget.
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$repository/frontend/dist" || fail "There is no built browser app: make frontend"

say "Weight of the browser app"
over=0
while read -r part pattern limit; do
  case $part in '' | '#'* | first) continue ;; esac
  plain=0 gzipped=0 brotlied=0
  for file in $pattern; do
    [ -f "$file" ] || continue
    plain=$((plain + $(wc -c <"$file")))
    gzipped=$((gzipped + $(gzip -9c "$file" | wc -c)))
    brotlied=$((brotlied + $(node -e 'process.stdout.write(String(require("zlib").brotliCompressSync(require("fs").readFileSync(process.argv[1])).length))' "$file")))
  done
  printf '    %-7s %5d KiB, gzip %4d, brotli %4d (at most %d gzipped)\n' \
    "$part" $((plain / 1024)) $((gzipped / 1024)) $((brotlied / 1024)) "$limit"
  [ $((gzipped / 1024)) -lt "$limit" ] || { note "over its budget: $part ($pattern)"; over=1; }
done <"$repository/frontend/size-budget"
[ $over = 0 ] || fail "The browser app is too heavy. Find what grew, or raise frontend/size-budget in a commit that says why."
