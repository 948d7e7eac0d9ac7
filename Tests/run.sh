#!/usr/bin/env bash
# The one test command: installs what is missing, builds, and runs all tests on a machine that has Swift and apt.
# With --quick: lint, build, unit and layout tests alone. All other arguments are for pytest, which runs three files at a time: most tests wait.
set -euo pipefail
cd "$(dirname "$0")/.."
export SWIFT_BACKTRACE=enable=no

tests=Tests packages=(7zip aria2 curl flac ffmpeg jq lowdown man-db mandoc openssl python3-venv sonic-pi-samples asc-music supysonic python3-waitress rclone
  binutils debhelper debootstrap lintian gir1.2-totemplparser-1.0 python3-gi chromium chromium-driver prometheus systemd parallel openssh-server strace
  default-jre-headless)
if [ "${1-}" = --quick ]; then
  tests=Tests/LayoutTests packages=(lowdown man-db mandoc python3-venv)
  shift
fi

python=.build-tests/venv/bin/python
# Playlists and feeds that others wrote to try readers with.
export SEGUE_SUITES="$PWD/.build-tests/suites"

# Installs what the tests need besides the programs.
install() {
  Pipelines/packages.sh "${packages[@]}"
  if ! [ -x "$python" ]; then
    # Not every python3 on a PATH can make a venv; Debian's own can once python3-venv is there.
    python3 -m venv .build-tests/venv 2>/dev/null || /usr/bin/python3 -m venv .build-tests/venv
  fi
  "$python" -m pip install --quiet --disable-pip-version-check \
    pytest==9.0.3 pytest-xdist==3.8.0 mutagen==1.48.1 mediafile==0.17.0 pycryptodome orjson==3.13.0 deezer-python==7.4.0 jsonschema==4.26.0 \
    pyyaml==6.0.3 pyte==0.8.2 websockets==17.4 selenium==4.51.0 schemathesis==4.32.5 feedparser==6.0.14 internetarchive==5.12.1 \
    wsgidav==4.3.3 cheroot==11.1.2 standardwebhooks==1.1.0 apprise==2.3.0
  # For its axe.min.js alone, which looks at the page: the driver of browsers that it goes with is not wanted.
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps axe-playwright-python==0.1.8
  # Spark is 500 MB, and of use to the pipeline tests alone.
  [ $tests = Tests/LayoutTests ] || "$python" -m pip install --quiet --disable-pip-version-check pyspark==4.3.0
  if ! [ -d "$SEGUE_SUITES/podcastparser" ]; then
    mkdir -p "$SEGUE_SUITES"
    for suite in xspf_lib==0.3.4 podcastparser==0.6.11; do
      "$python" -m pip download --quiet --disable-pip-version-check --no-binary :all: --no-deps --dest "$SEGUE_SUITES" "$suite"
      mkdir -p "$SEGUE_SUITES/${suite%%==*}"
      tar -xzf "$SEGUE_SUITES/${suite/==/-}.tar.gz" --strip-components 1 -C "$SEGUE_SUITES/${suite%%==*}"
    done
  fi
}

Pipelines/packages.sh
mkdir -p .build-tests
# Downloads wait for a network, and a build for cores.
install >.build-tests/install.log 2>&1 &
installed=$!
swift format lint --strict --recursive Package.swift Sources Tests &
linted=$!
# Without what a debugger needs, which takes a sixth of the time.
swift build --build-tests -debug-info-format none
wait $linted
wait $installed || { cat .build-tests/install.log; exit 1; }
swift test --skip-build
programs=debug
if [ $tests = Tests ]; then
  # The programs that users have: they start in a third of the time, and the tests start many.
  swift build -c release --static-swift-stdlib
  programs=release
fi
SEGUE_BIN="$PWD/.build/$programs" "$python" -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder "$@" "$tests"
