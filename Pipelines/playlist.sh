#!/usr/bin/env bash
# playlist.sh CATALOG-URL LIBRARY REF...: brings collections home through a plain pipe. KEYRING names the keys (keys.txt).
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2s/^# //p' "$0" >&2; exit 64; }
catalog=$1 library=$2
shift 2
resolve --catalog "$catalog" --library "$library" "$@" |
  fetch | decrypt --keyring "${KEYRING:-keys.txt}" | verify | place --library "$library" |
  record --library "$library" --sweep --fail > /dev/null
