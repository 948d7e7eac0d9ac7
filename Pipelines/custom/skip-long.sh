#!/bin/sh
# A stage in jq: skips tracks over ten minutes.
exec jq -c --unbuffered 'if .kind == "track" and (.track.duration_s // 0) > 600
  then {v, kind: "skip", id, why: "longer than ten minutes", record: .} + with_entries(select(.key | IN("parent", "seq"))) else . end'
