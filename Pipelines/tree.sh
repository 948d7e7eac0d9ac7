#!/usr/bin/env bash
# tree.sh PROGRAMS DIR: lays out under DIR what an installation has, from the programs in PROGRAMS, which is .build/release.
# They need the Swift runtime inside them: swift build -c release --static-swift-stdlib
set -euo pipefail
umask 022
[ $# -eq 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 64; }
programs=$(cd "$1" && pwd)
mkdir -p "$2"
tree=$(cd "$2" && pwd)
cd "$(dirname "$0")"

for program in segue resolve fetch decrypt intake verify place record tell origin; do
  if readelf -d "$programs/$program" | grep 'NEEDED.*libswift' > /dev/null; then
    echo "tree.sh: $programs/$program needs a Swift runtime; build it with --static-swift-stdlib" >&2
    exit 1
  fi
  folder=libexec/segue
  [ $program != segue ] || folder=bin
  install -D -s -m 755 "$programs/$program" "$tree/$folder/$program"
done

completions() { mkdir -p "$(dirname "$tree/share/$2")"; "$tree/bin/segue" --generate-completion-script "$1" > "$tree/share/$2"; }
completions bash bash-completion/completions/segue
completions zsh zsh/site-functions/_segue
completions fish fish/vendor_completions.d/segue.fish

install -D -m 755 -t "$tree/libexec/segue/sources" sources/internet_archive.py sources/jellyfin.py sources/rclone.py sources/webdav.py
install -D -m 644 -t "$tree/libexec/segue/sources" sources/folders.py
./man.sh "$tree/share/man"
install -D -m 644 -t "$tree/lib/systemd/system" segue.service segue-sync.service segue-sync.timer
install -D -m 755 -t "$tree/share/segue" install.sh

documents=$tree/share/doc/segue
install -D -m 644 -t "$documents" ../LICENSE CHANGELOG.md CONTRACT.md
install -D -m 644 -t "$documents/examples" library.yaml pipeline.schema.json record.schema.json
install -D -m 755 -t "$documents/examples" demo.sh playlist.sh pooled.sh retry-failed.sh sources/shelf.py sources/shelf.sh

# What is linked into the programs, and its terms. The terms that are ours too are not repeated.
shopt -s nullglob
same=() texts=()
for folder in "$programs"/../../checkouts/*/; do
  if grep 'Apache License' "$folder"LICENSE* > /dev/null; then same+=("$(basename "$folder")"); else texts+=("$folder"LICENSE*); fi
  texts+=("$folder"NOTICE*)
done
{
  echo "segue is under the Apache License, version 2.0: the file LICENSE beside this one, or /usr/share/common-licenses/Apache-2.0."
  echo "Its programs contain parts of"
  printf -- '- %s: the same license\n' "${same[@]}"
  echo "- Swift and Foundation, copyright Apple Inc. and the Swift project authors: the same license, with the Runtime Library Exception"
  echo "- ICU, in Foundation, copyright Unicode, Inc. and others: the Unicode License, https://www.unicode.org/license.txt"
  echo "- libyaml, in Yams, copyright Kirill Simonov and Ingy döt Net: the MIT License, as that of Yams"
  for file in "${texts[@]}"; do printf -- '\n%s:\n\n%s\n' "${file#*/checkouts/}" "$(cat "$file")"; done
} > "$documents/copyright"
