#!/usr/bin/env bash
# Fuzzes one reader for some seconds, from the seeds and from what earlier runs found: Tests/fuzz/run.sh NAME SECONDS. The names are the folders
# of Tests/fuzz/seeds. With --smoke: each reader a fixed number of times. What a run finds lies in .build-fuzz/found; with its defect mended it
# belongs in Tests/fuzz/cases/NAME, where `swift test` reads it. Needs libFuzzer and the address sanitizer, which come with Swift.
set -euo pipefail
cd "$(dirname "$0")/../.."
# Without this a crash leaves a process behind that waits.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0

mkdir -p .build-fuzz/package
ln -sfn ../../Sources .build-fuzz/package/Sources
ln -sfn ../../Tests/FuzzTests .build-fuzz/package/FuzzTests
cat Package.swift Tests/fuzz/manifest.txt >.build-fuzz/package/Package.swift
swift build --quiet --package-path .build-fuzz/package --scratch-path .build-fuzz/build --sanitize=address -Xswiftc -sanitize=fuzzer \
  -Xswiftc -use-ld=lld -Xswiftc -O --product fuzz

fuzz() {
  local name=$1
  shift
  mkdir -p ".build-fuzz/corpus/$name" ".build-fuzz/found/$name"
  FUZZ_READER=$name .build-fuzz/build/debug/fuzz -timeout=20 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
    -artifact_prefix=".build-fuzz/found/$name/" "$@" ".build-fuzz/corpus/$name" "Tests/fuzz/seeds/$name"
}

if [ "${1-}" = --smoke ]; then
  for folder in Tests/fuzz/seeds/*; do
    fuzz "${folder##*/}" -runs=2000 -seed=1 2>.build-fuzz/smoke.log || { cat .build-fuzz/smoke.log; exit 1; }
    echo "${folder##*/}: $(grep -c . <(ls "$folder")) seeds, 2000 runs, nothing found"
  done
else
  fuzz "$1" -max_total_time="$2"
fi
