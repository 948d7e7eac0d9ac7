#!/usr/bin/env bash
# run.sh PIPELINE HOST…: works off what is due on several machines, by GNU parallel over ssh, and merges what came of it.
# PIPELINE is a file here and on each HOST, in FOLDER (as here, if unset). SEGUE names the program there, RECORDS how many it gets at a time (20),
# SHARDS how many run at once on each (1), SSH the command that gets there.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 64; }
pipeline=$1
shift
logins=()
for host; do logins+=(--sshlogin "$host"); done
outcomes=outcomes-$(date +%Y%m%dT%H%M%S)-$$

# A part that comes back with an error, or not at all, goes to another machine: what it did already is found done there. No --resume: the ledger
# knows what is left.
status=0
segue export --pipeline "$pipeline" --ready |
  parallel --pipe -N "${RECORDS:-20}" --jobs "${SHARDS:-1}" "${logins[@]}" --workdir "${FOLDER:-$PWD}" --retries 3 \
    --ssh "${SSH:-ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=15}" \
    "$(printf '%q ' "${SEGUE:-segue}" shard --pipeline "$pipeline" --machines $# --if-nothing 75)" > "$outcomes" || status=$?
[ $status = 0 ] || echo "run.sh: not all parts came back; what was in them stays due" >&2
echo "run.sh: $(wc -l < "$outcomes") outcomes in $outcomes" >&2
segue merge --pipeline "$pipeline" "$outcomes"
exit $status
