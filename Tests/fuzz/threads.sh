#!/usr/bin/env bash
# Runs tests under the thread sanitizer, which must report nothing: with no arguments the unit tests, else those tests of programs that the arguments name
# to pytest: Tests/PipelineTests/test_driver.py. Programs take five times as long, and tests that wait for something may give up. A stage
# in its jail cannot write what it has to report: it ends with 66 there, and its test fails. So look at each test that fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
reports=$PWD/.build-fuzz/reports
export SWIFT_BACKTRACE=enable=no TSAN_OPTIONS="exitcode=66 allocator_may_return_null=1 log_path=$reports/report" SEGUE_SUITES="$PWD/.build-tests/suites"

rm -rf "$reports"
mkdir -p "$reports"
clang -O1 -fPIC -c -o .build-fuzz/mutex.o Tests/fuzz/mutex.c
build=(--sanitize=thread --scratch-path .build-fuzz/threads -debug-info-format none -Xswiftc -gline-tables-only -Xlinker "$PWD/.build-fuzz/mutex.o")
swift build --quiet --build-tests "${build[@]}"

if [ $# = 0 ]; then
  swift test --skip-build "${build[@]}"
else
  SEGUE_BIN="$PWD/.build-fuzz/threads/debug" .build-tests/venv/bin/python -m pytest -q --tb=line "$@" || echo "some tests failed: see whether a stage ended with 66"
fi
if [ "$(ls "$reports")" ]; then
  cat "$reports"/*
  exit 1
fi
echo "nothing reported"
