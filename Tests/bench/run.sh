#!/usr/bin/env bash
# The bench in one command: installs what it compares with, builds for release, and measures. Arguments go to bench.py.
#   Tests/bench/run.sh                      all rows, in about half an hour; results in .build-tests/bench/results
#   Tests/bench/run.sh --small --rounds 1   a quick look
#   Tests/bench/run.sh --write-manual       writes Pipelines/manual/costs.md from the last results
#   Tests/bench/run.sh --scale              what a track costs and how far that goes; --write-manual writes Pipelines/manual/scale.md
#   Tests/bench/run.sh --instructions       compares the stages' instruction counts with instructions.json; --write records them
# SEGUE_BIN: a folder of built programs to use. Needs 12 GB of disk, 8 GB of memory and an otherwise idle machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
Pipelines/packages.sh aria2 asc-music binutils curl e2fsprogs ffmpeg flac jq linux-perf openssl python3-venv sonic-pi-samples valgrind

python=.build-tests/bench/venv/bin/python
[ -x "$python" ] || python3 -m venv .build-tests/bench/venv 2>/dev/null || /usr/bin/python3 -m venv .build-tests/bench/venv
"$python" -m pip install --quiet --disable-pip-version-check mutagen==1.48.1 orjson pycryptodome

[ -n "${SEGUE_BIN:-}" ] || swift build -c release --static-swift-stdlib >&2
programs=${SEGUE_BIN:-.build/release}
if [ "${1-}" = --instructions ]; then
  shift
  exec "$python" Tests/bench/instructions.py --programs "$programs" "$@"
fi
if [ "${1-}" = --scale ]; then
  shift
  exec "$python" Tests/bench/scale.py --programs "$programs" "$@"
fi
exec "$python" Tests/bench/bench.py --programs "$programs" "$@"
