#!/usr/bin/env bash
# demo.sh [FOLDER]: brings a playlist home through the driver, from a small catalog over a folder of music.
# Without FOLDER it takes free samples from Debian: 165 FLAC files (CC0) and three MP3 files. All it makes is in ./demo.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,3s/^# //p' "$0"; exit 0 ;; esac
[ $# -eq 0 ] || music=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
samples=(sonic-pi-samples asc-music)

if [ -f "$here/../Package.swift" ]; then
  cd "$here/.."
  if [ $# -gt 0 ]; then Pipelines/packages.sh; else Pipelines/packages.sh "${samples[@]}"; fi
  echo "building, which takes some minutes the first time" >&2
  mkdir -p demo
  swift build -c release --static-swift-stdlib > demo/build.log 2>&1 || { cat demo/build.log >&2; exit 1; }
  PATH=$PWD/.build/release:$PATH
else
  # Installed, or unpacked: this is in share/doc/segue/examples.
  PATH=$(cd "$here/../../../.." && echo "$PWD/libexec/segue:$PWD/bin"):$PATH
  if [ $# -eq 0 ] && ! dpkg-query -W "${samples[@]}" > /dev/null 2>&1; then
    echo "demo.sh: the samples come by: sudo apt install ${samples[*]}; or name a folder of music" >&2
    exit 1
  fi
fi

mkdir -p demo
cd demo
if [ $# -eq 0 ]; then
  music=$PWD/music
  mkdir -p "$music/Sonic Pi/Samples" "$music/ASC/Music"
  ln -sf /usr/share/sonic-pi/samples/*.flac "$music/Sonic Pi/Samples"
  ln -sf /usr/share/games/asc/music/*.mp3 "$music/ASC/Music"
fi
: > origin.log > requests.log
origin "$music" --listen 127.0.0.1:0 --keyring keys.txt --log requests.log 2> origin.log &
origin=$!
trap 'kill $origin 2>/dev/null; wait $origin 2>/dev/null || true' EXIT
for _ in $(seq 300); do
  catalog=$(sed -n 's|^origin: .* on \(http://.*\)|\1|p' origin.log)
  [ -z "$catalog" ] || break
  kill -0 $origin 2>/dev/null || { cat origin.log >&2; exit 1; }
  sleep 0.1
done

# Another folder's tracks have the same numbers: a catalog's name keeps them apart in the library.
name=music-$(printf %s "$music" | cksum | cut -d ' ' -f 1)

# The pipeline of Pipelines/library.yaml, on this catalog, and as fast as the machine can.
sed -e "s|\"http://127.0.0.1:8098\"|\"$name=$catalog\"|" -e 's|^hosts: .*|hosts: {"127.0.0.1": {parallel: 8, rate: 1000/s}}|' \
  "$here/library.yaml" > library.yaml

status=0
quiet=$([ -t 2 ] || echo --quiet)
bring_home() {
  segue run --pipeline library.yaml $quiet "$name:playlist:1" || status=$?
  segue stats --pipeline library.yaml | sed -n 1p
}
files_asked_for() { grep -c ' /file/' requests.log || true; }

echo; echo "first run:"; bring_home
first=$(files_asked_for)
echo "$first requests for files"
echo; echo "second run:"; bring_home
echo "$(($(files_asked_for) - first)) requests for files"

echo; echo "the library, demo/Music:"
find Music -name '*.*' -type f ! -path '*/.segue/*' | sort | awk 'NR <= 5 { print "  " $0 } END { if (NR > 5) print "  … " NR " files" }'
for playlist in Music/Playlists/*.m3u8; do
  echo; echo "the playlist, demo/$playlist:"; head -n 6 "$playlist" | sed 's/^/  /'
done
exit $status
