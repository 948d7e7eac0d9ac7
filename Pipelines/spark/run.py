#!/usr/bin/env python3
"""Works off what is due in a pipeline's queue on Spark, and merges what came of it.

    spark-submit Pipelines/spark/run.py --pipeline Pipelines/library.yaml --machines 4
"""

import argparse
import os
import shlex
import subprocess
import sys

from pyspark import SparkConf, SparkContext


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", required=True, help="the pipeline file, here and on each machine")
    parser.add_argument("--machines", type=int, default=1, help="how many machines share the limits of hosts (1)")
    parser.add_argument("--records", type=int, default=30, help="records in a part (30)")
    parser.add_argument("--folder", default=os.getcwd(), help="where a shard is started on each machine (as here)")
    parser.add_argument("--segue", default="segue", help="the program, here and on each machine")
    parser.add_argument("--outcomes", default="outcomes", help="the file that gets the outcomes (outcomes)")
    return parser.parse_args()


def main():
    options = arguments()
    exported = subprocess.run(
        [options.segue, "export", "--pipeline", options.pipeline, "--ready"], check=True, stdout=subprocess.PIPE).stdout
    # Not splitlines, which takes other characters for ends of lines too.
    records = exported.decode().split("\n")[:-1]
    shard = [options.segue, "shard", "--pipeline", options.pipeline, "--machines", str(options.machines)]
    script = f"cd {shlex.quote(options.folder)} && exec {shlex.join(shard)}"
    # What is run twice at once only costs requests. A task that fails is run again, on another machine if its own is gone.
    conf = SparkConf().setAppName("segue").set("spark.speculation", "false").setIfMissing("spark.task.maxFailures", "4")
    context = SparkContext(conf=conf)
    try:
        parts = max(1, -(-len(records) // options.records))
        piped = context.parallelize(records, parts).pipe(shlex.join(["sh", "-c", script]), env=dict(os.environ), checkCode=True)
        # One action: each further one would run all shards again.
        outcomes = piped.collect()
    finally:
        context.stop()
    with open(options.outcomes, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in outcomes)
    print(f"run.py: {len(outcomes)} outcomes of {len(records)} records in {options.outcomes}", file=sys.stderr)
    status = subprocess.run([options.segue, "merge", "--pipeline", options.pipeline, options.outcomes]).returncode
    return status if len(outcomes) == len(records) else status or 1


if __name__ == "__main__":
    sys.exit(main())
