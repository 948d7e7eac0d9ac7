#!/usr/bin/env bash
# retry-failed.sh CATALOG-URL LIBRARY: tries again what a plain pipe could not bring home, and nothing else.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2s/^# //p' "$0" >&2; exit 64; }
record --library "$2" --failures | resolve --catalog "$1" --library "$2" |
  fetch | decrypt --keyring "${KEYRING:-keys.txt}" | verify | place --library "$2" |
  record --library "$2" --sweep --fail > /dev/null
