#!/usr/bin/env bash
# release.sh [DIR]: builds, and makes in DIR (.build/dist) segue-VERSION-linux-ARCH.tar.gz, segue_VERSION_ARCH.deb and SHA256SUMS of both.
# The same programs are packed to the same bytes; their time is SOURCE_DATE_EPOCH, or that of the last commit.
set -euo pipefail
umask 022
case "${1-}" in -*) sed -n '2,3s/^# //p' "$0"; exit 64 ;; esac
out=$(realpath -m "${1:-$(dirname "$0")/../.build/dist}")
cd "$(dirname "$0")/.."
Pipelines/packages.sh binutils debhelper lowdown
swift build -c release --static-swift-stdlib >&2

programs=.build/release
version=$($programs/segue --version)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
maintainer="${DEBFULLNAME:-$(git log -1 --format=%an)} <${DEBEMAIL:-$(git log -1 --format=%ae)}>"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

name=segue-$version-linux-$(uname -m)
Pipelines/tree.sh $programs "$work/$name"

source=$work/source
mkdir "$source"
cp -r Pipelines/debian "$source"
cp -r "$work/$name" "$source/tree"
sed -i "s|@MAINTAINER@|$maintainer|" "$source/debian/control"
cat > "$source/debian/changelog" <<END
segue ($version) unstable; urgency=medium

  * What changed is in CHANGELOG.md.

 -- $maintainer  $(date -R -u -d "@$SOURCE_DATE_EPOCH")
END
(cd "$source" && debian/rules binary > "$work/log" 2>&1) || { cat "$work/log" >&2; exit 1; }
package=segue_${version}_$(dpkg --print-architecture).deb
mv "$work/$package" "$out"

# What the package depends on by its contents is what the tarball needs too.
. /etc/os-release
sed -n 's/^shlibs:Depends=//p' "$source/debian/segue.substvars" | sed 's/ ([^)]*)//g; s/,//g' > "$work/$name/packages-$ID-$VERSION_ID.txt"
cp Pipelines/install.sh "$work/$name"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -c "$name" | gzip -n > "$out/$name.tar.gz"

cd "$out"
sha256sum "$name.tar.gz" "$package" | tee SHA256SUMS
