#!/usr/bin/env bash
# bare.sh DIR: tries the release in DIR, which Pipelines/release.sh made, on a bare Debian that has neither Swift nor a library of ours.
# The package, then the tarball: the demo through the driver, a plain pipe, a server, and nothing left behind. Needs root or sudo, and the mirror.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 64; }
release=$(realpath "$1")
cd "$(dirname "$0")/.."
Pipelines/packages.sh debootstrap sonic-pi-samples
root=(); [ "$(id -u)" = 0 ] || root=(sudo)

# The release of this machine, from its mirror; kept for the next time.
. /etc/os-release
bare=$PWD/.build-tests/$ID-$VERSION_CODENAME
if ! [ -d "$bare" ]; then
  mirror=$(apt-get indextargets --format '$(SITE)' "Codename: $VERSION_CODENAME" | head -n 1)
  "${root[@]}" rm -rf "$bare.part"
  mkdir -p .build-tests
  "${root[@]}" debootstrap --variant=minbase "$VERSION_CODENAME" "$bare.part" "$mirror" > "$bare.log" || { tail "$bare.log" >&2; exit 1; }
  "${root[@]}" mv "$bare.part" "$bare"
fi

system=$(mktemp -d)
trap '"${root[@]}" rm -rf "$system"' EXIT
"${root[@]}" cp -a "$bare/." "$system"
"${root[@]}" cp /etc/resolv.conf /etc/hosts "$system/etc"
"${root[@]}" mkdir "$system/release" "$system/music"
"${root[@]}" cp "$release"/* "$system/release"
for sample in $(find /usr/share/sonic-pi/samples -name '*.flac' -size -200k | sort | head -n 12); do "${root[@]}" cp "$sample" "$system/music"; done

# In namespaces of its own, so that nothing stays mounted or goes on running.
"${root[@]}" unshare --mount --pid --fork --kill-child --mount-proc="$system/proc" chroot "$system" \
  env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive bash -euo pipefail << 'END'
fail() { echo "bare.sh: $*" >&2; exit 1; }
address() { # LOG: of the server that writes to it
  for _ in $(seq 300); do
    sed -n 's|.*http://\([0-9.:]*\).*|\1|p' "$1" | head -n 1 | grep . && return
    sleep 0.1
  done
  cat "$1" >&2
  return 1
}

try() { # PREFIX
  [ "$(command -v segue)" = "$1/bin/segue" ] || fail "segue is not in $1/bin"
  cd "$(mktemp -d)"
  "$1/share/doc/segue/examples/demo.sh" /music > shown || fail "the demo failed: $(cat shown)"
  [ "$(grep -c '^13 items: 13 done$' shown)" = 2 ] && grep '^0 requests for files$' shown > /dev/null || fail "the demo showed: $(cat shown)"

  segue serve --pipeline demo/library.yaml --listen 127.0.0.1:0 2> serve.log &
  exec 3<> "/dev/tcp/$(address serve.log | sed 's|:|/|')"
  printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  grep '"status":"ok"' <&3 > /dev/null || fail "the server did not answer: $(cat serve.log)"
  exec 3>&-
  kill %1
  wait %1 || fail "the server ended with $?: $(cat serve.log)"

  (
    PATH=$1/libexec/segue:$PATH
    origin /music --listen 127.0.0.1:0 --keyring keys.txt 2> origin.log &
    catalog=http://$(address origin.log)
    resolve --catalog "$catalog" --library Music playlist:1 | fetch | decrypt --keyring keys.txt | verify |
      place --library Music | record --library Music --fail > /dev/null
    kill %1
  )
  [ "$(find Music -name '*.flac' | wc -l)" = 12 ] || fail "the pipe brought $(find Music -name '*.flac' | wc -l) files home"
  echo "$(segue --version) in $1: the demo, a server and a pipe work"
}

(cd /release && sha256sum --check --quiet SHA256SUMS && tar -xzf segue-*.tar.gz)
local_files() { find /usr/local | sort; }
before=$(local_files)
! /release/segue-*/install.sh 2> refused || fail "it was installed without the libraries"
grep 'libcurl.so.4 => not found' refused > /dev/null && [ "$(local_files)" = "$before" ] || fail "$(cat refused)"

apt-get update -qq
apt-get install -y -qq --no-install-recommends /release/segue_*.deb > apt.log 2>&1 || fail "$(cat apt.log)"
try /usr
apt-get purge -y -qq segue > apt.log 2>&1 || fail "$(cat apt.log)"
# The folder of the passwords of links, which is the user's, stays.
left=$(find / -xdev -name '*segue*' ! -path '/release/*' ! -path '/tmp/*' ! -path '/proc/*' ! -path /root/.local/state/segue)
[ -z "$left" ] || fail "the package left $left"

/release/segue-*/install.sh
hash -r
try /usr/local
/usr/local/share/segue/install.sh --uninstall
[ "$(local_files)" = "$before" ] || fail "the tarball left $(local_files)"
END
