#!/usr/bin/env bash
# packages.sh [PACKAGE ...]: the system libraries that the programs need, and the named packages, by apt where any is missing.
set -euo pipefail
packages=(libcurl4-openssl-dev libssl-dev libsqlite3-dev libtag1-dev libflac-dev libogg-dev libexpat1-dev libcsv-dev zlib1g-dev libarchive-dev "$@")
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "installing ${missing[*]}" >&2
root=(); [ "$(id -u)" = 0 ] || root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${root[@]}" apt-get update -qq
"${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
