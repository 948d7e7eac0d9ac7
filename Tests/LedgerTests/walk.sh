#!/usr/bin/env bash
# Holds the ledger against its model for a million moves, optimised and from a package of the ledger alone: Tests/LedgerTests/walk.sh [WALKS].
# SEGUE_FROM says with which seed to begin (0).
set -euo pipefail
cd "$(dirname "$0")/../.."
export SWIFT_BACKTRACE=enable=no SEGUE_WALKS=${1:-2450}

package=.build-fuzz/ledger
mkdir -p "$package"
ln -sfn ../../Sources "$package/Sources"
ln -sfn ../../Tests "$package/Tests"
cp Package.swift "$package/Package.swift"
cat >>"$package/Package.swift" <<'MANIFEST'

let kept = ["CPosix", "CBytes", "COpenSSL", "CZlib", "Wire", "Files", "Episodes", "Ledger", "LedgerTests"]
package.targets.removeAll { !kept.contains($0.name) }
MANIFEST
exec swift test -c release -Xswiftc -enable-testing --package-path "$package" --scratch-path .build-fuzz/ledger-build --filter ModelTests
