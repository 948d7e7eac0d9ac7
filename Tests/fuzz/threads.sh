#!/usr/bin/env bash
# Runs the unit tests under the thread sanitizer, which must report nothing. Arguments are for swift test: --filter LedgerTests.
set -euo pipefail
cd "$(dirname "$0")/../.."
export SWIFT_BACKTRACE=enable=no TSAN_OPTIONS=halt_on_error=1
swift test --sanitize=thread --scratch-path .build-fuzz/threads "$@"
