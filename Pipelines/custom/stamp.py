#!/usr/bin/env python3
import datetime, json, sys  # a stage in Python: notes when a record came by, in a member of its own
for line in sys.stdin.buffer:
    record = json.loads(line) | {"x_seen_at": datetime.datetime.now(datetime.timezone.utc).isoformat()}
    print(json.dumps(record), flush=True)
