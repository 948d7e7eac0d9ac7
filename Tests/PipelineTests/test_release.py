"""A release: what is in the package and the tarball, what lintian says, and that both work on a bare Debian."""

import os
import re
import subprocess
import tarfile

import pytest
from programs import ENVIRONMENT, ROOT

VERSION = re.search(r'project = "(.*)"', (ROOT / "Sources/Wire/Version.swift").read_text()).group(1)
TIME = 1_700_000_000


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    # Packing tightly would take as long as everything else here.
    environment = {**ENVIRONMENT, "SOURCE_DATE_EPOCH": str(TIME), "DPKG_DEB_COMPRESSOR_LEVEL": "1"}
    done = subprocess.run([ROOT / "Pipelines/release.sh", folder], capture_output=True, text=True, env=environment, timeout=3600)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def package(release):
    (package,) = release.glob("*.deb")
    return package


def test_a_release_has_a_package_a_tarball_and_their_sums(release, package):
    machine = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    assert {file.name for file in release.iterdir()} == {f"segue-{VERSION}-linux-{os.uname().machine}.tar.gz", f"segue_{VERSION}_{machine}.deb", "SHA256SUMS"}
    done = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=release, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count(": OK") == 2, done.stderr


def test_nothing_in_a_tarball_depends_on_who_packs_it_and_when(release):
    (archive,) = release.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
    names = [member.name for member in members]
    assert names == sorted(names, key=lambda name: name.split("/"))
    assert {(member.uid, member.gid, member.mtime) for member in members} == {(0, 0, TIME)}
    below = {name.partition("/")[2] for name in names}
    assert {"install.sh", "bin/segue", "libexec/segue/fetch", "libexec/segue/origin", "libexec/segue/sources/jellyfin.py", "share/man/man7/segue-install.7", "share/doc/segue/copyright",
            "share/doc/segue/examples/library.yaml", "lib/systemd/system/segue-sync.timer"} <= below


def test_the_package_depends_on_the_libraries_of_the_distribution(package):
    fields = subprocess.run(["dpkg-deb", "--field", package, "Depends", "Version"], capture_output=True, text=True, check=True).stdout
    assert f"Version: {VERSION}\n" in fields
    for library in ("libcurl", "libssl", "libsqlite3", "libtag", "libflac", "libogg", "libexpat", "libcsv", "libc6", "libstdc"):
        assert re.search(rf"[ ,]{library}\S* \(>= ", fields), library


def test_lintian_finds_no_error(package):
    done = subprocess.run(["lintian", "--fail-on", "error", package], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_package_and_tarball_work_on_a_bare_debian(release):
    root = [] if os.getuid() == 0 else ["sudo", "-n"]
    if subprocess.run([*root, "unshare", "--mount", "--pid", "--fork", "true"], capture_output=True).returncode != 0:
        pytest.skip("this machine gives no namespaces")
    done = subprocess.run([ROOT / "Tests/bare.sh", release], capture_output=True, text=True, env=ENVIRONMENT, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"{VERSION} in {prefix}: the demo, a server and a pipe work" in done.stdout for prefix in ("/usr", "/usr/local"))
