#!/usr/bin/env python3
import datetime, json, sys  # a stage in Python: adds the time at which it saw a record
for line in sys.stdin.buffer:
    record = json.loads(line) | {"x_seen_at": datetime.datetime.now(datetime.timezone.utc).isoformat()}
    print(json.dumps(record), flush=True)
