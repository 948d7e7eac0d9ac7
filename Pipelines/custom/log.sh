#!/bin/sh
# A stage in plain shell: logs to stderr what passes through, and changes nothing.
while IFS= read -r line || [ -n "$line" ]; do
  printf '%s\n' "$line"; printf 'passed %.60s\n' "$line" >&2
done
