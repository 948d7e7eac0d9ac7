#!/usr/bin/env bash
# script.sh CATALOG PLAYLIST KEYS LIBRARY: the whole road with curl, jq and Python, as fast as we could make it. It keeps connections
# alive, does each step for all tracks at once, reads and writes each file once, uses two processes where CPU time counts, and checks
# the digests that segue checks. It does not retry by kind of failure, cannot resume, and makes nothing durable.
# PYTHON: a Python with orjson, mutagen and pycryptodome. Works in the current folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
catalog=$1 playlist=$2 keys=$3 library=$4
mkdir -p answers spool

get() { curl -sSf --retry 5 -w '\n' -K "$1" > "$2"; }
export -f get

# The playlist's pages, then its tracks, manifests and albums over eight connections.
curl -sSf "$catalog/playlist/$playlist" > answers/playlist.json
total=$(jq .nb_tracks answers/playlist.json)
seq 0 100 $((total - 1)) | sed "s|.*|url=\"$catalog/playlist/$playlist/tracks?limit=100\&index=&\"|" > answers/pages
get answers/pages answers/pages.ndjson
{
  jq -r '.data[].id' answers/pages.ndjson | sed "s|.*|url=\"$catalog/track/&\"\nurl=\"$catalog/media/&?formats=flac,mp3_320,mp3_128\"|"
  jq -r '.data[].album.id' answers/pages.ndjson | sort -u | sed "s|.*|url=\"$catalog/album/&\"|"
} > answers/all
split -n l/8 answers/all answers/part-
printf '%s\n' answers/part-?? | xargs -P 8 -I {} bash -c 'get {} {}.ndjson'
"$PYTHON" "$here/plan.py" answers > plan.ndjson

# The files and a cover for each album over sixteen.
{
  jq -r '"url=\"\(.url)\"\noutput=\"spool/\(.id)\""' plan.ndjson
  jq -r '"url=\"\(.cover)\"\noutput=\"spool/cover-\(.album_id).jpg\""' plan.ndjson | paste - - | sort -u | tr '\t' '\n'
} > answers/files
curl -sSf --no-progress-meter --parallel --parallel-max 16 --retry 5 -K answers/files

"$PYTHON" "$here/finish.py" plan.ndjson spool "$keys" "$library" "$(jq -r .title answers/playlist.json)"
