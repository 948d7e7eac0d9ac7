"""retag.py JOBS LIBRARY: copies the source of each line into the library, with its tags and its cover."""

import os
import shutil
import sys

import orjson

import tags

covers: dict[str, bytes] = {}
folders: set[str] = set()
with open(sys.argv[1], "rb") as file:
    for line in file:
        job = orjson.loads(line)
        if job["cover"] not in covers:
            with open(job["cover"], "rb") as picture:
                covers[job["cover"]] = picture.read()
        path = f"{sys.argv[2]}/{tags.target(job['tags'], job['kind'])}"
        folder = os.path.dirname(path)
        if folder not in folders:
            os.makedirs(folder, exist_ok=True)
            folders.add(folder)
        shutil.copyfile(job["source"], path)
        tags.tag(path, job["kind"], job["tags"], covers[job["cover"]])
