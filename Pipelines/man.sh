#!/usr/bin/env bash
# man.sh DIR: makes man pages of the manual, by lowdown: DIR/man1/segue-fetch.1 of a program, DIR/man7/segue-matching.7 of a topic.
# All are named segue-…, since systems have other pages called fetch, record or verify.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 64; }
mkdir -p "$1/man1" "$1/man7"
directory=$(cd "$1" && pwd)
cd "$(dirname "$0")/manual"

section() { case $1 in resolve | fetch | decrypt | intake | verify | place | record | tell | segue | origin) echo 1 ;; *) echo 7 ;; esac; }
page() { case $1 in segue) echo segue ;; *) echo "segue-$1" ;; esac; }

# A link to another page becomes its name and section; any other link, its text alone.
links=()
for file in *.md; do
  name=${file%.md}
  links+=(-e "s/\\]($name\\.md)/](man:$(page "$name")($(section "$name")))/g")
done
links+=(-e 's/\[\([^]]*\)\](man:\([a-z-]*([17])\))/\1 (**\2**)/g' -e 's/\[\([^]]*\)\](\.\.[^)]*)/\1/g')

for file in *.md; do
  name=${file%.md}
  # A link may be folded, so paragraphs are joined first; the text in fences stays as it is.
  awk -v page="$(page "$name")" '
    function flush() { if (paragraph != "") print paragraph; paragraph = "" }
    /^```/ { flush(); fenced = !fenced; print; next }
    fenced { print; next }
    /^# / && !titled { titled = 1; print "# NAME"; next }
    /^$/ { flush(); print; next }
    titled == 1 { titled = 2; paragraph = page " - " $0; next }
    /^##/ { flush(); sub(/^#/, ""); print; next }
    /^([-|]|[0-9]+\.) ?/ { flush(); paragraph = $0; next }
    { sub(/^ +/, ""); paragraph = paragraph == "" ? $0 : paragraph " " $0 }
    END { flush() }' "$file" |
    sed "${links[@]}" |
    lowdown -s -Tman -M "title=$(page "$name" | tr '[:lower:]' '[:upper:]')" -M "section=$(section "$name")" -M source=segue |
    sed -e 's/\\fC/\\fB/g' -e '/^\.S[HS]$/{N;s/\n/ /;n;/^\.[LP]P$/d;}' > "$directory/man$(section "$name")/$(page "$name").$(section "$name")"
done
