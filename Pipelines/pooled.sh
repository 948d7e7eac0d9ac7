#!/usr/bin/env bash
# pooled.sh CATALOG-URL LIBRARY REF...: brings collections home through a plain pipe, with eight transfers at once. KEYRING names the keys (keys.txt).
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2s/^# //p' "$0" >&2; exit 64; }
catalog=$1 library=$2
shift 2
resolve --catalog "$catalog" --library "$library" "$@" |
  segue pool 2 -- fetch | decrypt --keyring "${KEYRING:-keys.txt}" | segue pool 2 -- verify |
  segue pool 2 -- place --library "$library" |
  record --library "$library" --sweep --fail > /dev/null
