#!/bin/sh
# A source in shell and jq: a catalog of the contract's shape, at the address that is its argument.
base=${1%/}
described='{title, artist: .artist.name, album: .album.title?, track_number: .track_position, disc_number: .disk_number, isrc, duration_s: .duration}'

# The answer to a request; what cannot be had is the answer to the question.
get() {
  jq -cn --arg url "$base$1" '{kind: "get", url: $url, as: "json"}'
  IFS= read -r answer || exit 0
  case $answer in '{"kind":"error"'*) printf '%s\n' "$answer"; return 1 ;; esac
  missing=$(told '.body.error? // empty | {kind: "error", class: (if .code? == 800 then "permanent" else "transient" end), code: "no_data", message: tostring}')
  [ -z "$missing" ] || { printf '%s\n' "$missing"; return 1; }
}
told() { printf '%s\n' "$answer" | jq -c "$@"; }
strange() { jq -cn --arg base "$base" '{kind: "error", class: "transient", code: "bad_document", message: "\($base) does not answer as a catalog does"}'; }
rows() { told ".body.data[] | {kind: \"track\", id: (.id | tostring), track: $described}"; }

while IFS= read -r question; do
  asked=$(printf '%s\n' "$question" | jq -r 'keys_unsorted[0]')
  value=$(printf '%s\n' "$question" | jq -r '.[keys_unsorted[0]] | tostring | @uri')
  case $asked in
    hello) jq -cn --arg base "$base" '{kind: "hello", base: [$base]}' ;;
    track)
      get "/track/$value" || continue
      track=$(told ".body | $described") || { strange; continue; }
      get "/media/$value" || continue
      media=$(told .body.data) || { strange; continue; }
      printf '%s\n' "$question" | jq -c --argjson track "$track" --argjson media "$media" '{kind: "track", id: .track, $track, $media}' ;;
    expand)
      place=$(printf '%s\n' "$question" | jq -r '.next // (.expand | capture("(?<kind>[a-z]+):(?<id>.*)") | "/\(.kind)/\(.id | @uri)/tracks?index=0&limit=100")')
      get "$place" || continue
      rows && told --arg base "$base" '{kind: "done", total: .body.total, next: (.body.next // "" | ltrimstr($base))}' || strange ;;
    search)
      get "/search?q=$value" || continue
      rows && jq -cn '{kind: "done"}' || strange ;;
    *) jq -cn '{kind: "error", class: "permanent", code: "no_data", message: "what is that?"}' ;;
  esac
done
