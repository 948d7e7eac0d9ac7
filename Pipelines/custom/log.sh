#!/bin/sh
# A stage in plain shell: notes on stderr what passes, and changes nothing.
while IFS= read -r line || [ -n "$line" ]; do
  printf '%s\n' "$line"; printf 'passed %.60s\n' "$line" >&2
done
