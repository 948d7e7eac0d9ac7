"""collection.py PROGRAMS [FILES]: a collection of 5,000 files (FILES) of an archive that fails, by segue and by the archive's own client.

PROGRAMS is a folder of built programs. Both get the same files from the same server with the same faults: cuts, 429, 503 and wrong bytes. The
client (PyPI: internetarchive 5.12.1) gets four workers, each with an item at a time, and checks MD5 sums; what fails is asked for again.
Works in a folder of /dev/shm, which it removes.
"""

import concurrent.futures
import hashlib
import json
import multiprocessing
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import archive  # noqa: E402

SOURCE = HERE.parent.parent / "Pipelines/sources/internet_archive.py"
TRACKS = 25


def faulty(item, name, count):
    """Of a thousand files 30 are cut, 20 get a 503, two a 429, and eight come with wrong bytes, each the first time."""
    number = zlib.crc32(f"{item}/{name}".encode()) % 1000 if count == 1 else 1000
    return "cut" if number < 30 else 503 if number < 50 else 429 if number < 52 else "wrong" if number < 60 else None


def digests(files):
    """Of the sound of each file, by its number: tags may differ."""
    return {number: hashlib.md5(sound).hexdigest() for number, sound in archive.sounds(files).items()}


def serve(files, wire):
    """An archive in a process of its own, which is asked over `wire` for counts, and told to forget them."""
    server = archive.Archive()
    for item in range(files // TRACKS):
        archive.concert(server, f"tq{item:04}", TRACKS, kinds=["flac"], first=item * TRACKS, seconds=1.5, noise=True)
    server.add("etree", [], mediatype="collection", title="Live Music")
    server.fault = faulty
    wanted = [data for (_, name), data in server.data.items() if name.endswith(".flac")]
    wire.send((server.url, digests(wanted), sum(map(len, wanted))))
    while wire.recv():
        wire.send((server.sent, sum(not path.startswith("/download/") for path in server.requests), sum(server.asked.values())))
        server.sent, server.requests = 0, []
        server.asked.clear()


def ours(programs, url, folder):
    stages = [
        {"name": "resolve", "run": ["resolve", "--rate", "0", "--source", f"ia={SOURCE} {url}", "--formats", "flac"], "mode": "expand"},
        {"name": "fetch", "run": ["fetch", "--transfers", "4"], "replicas": 1}, {"name": "place", "run": ["place", "--library", "Music"]},
        {"name": "record", "run": ["record", "--library", "Music"]}]
    (folder / "pipeline.yaml").write_text(json.dumps({
        "spool": {"dir": str(folder / "spool")}, "ledger": str(folder / "ledger.sqlite"), "hosts": {"*": {"parallel": 16}},
        "retry": {"attempts": 8, "base": "200ms", "cap": "5s"}, "stages": stages}))
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "XDG_STATE_HOME": str(folder)}
    done = subprocess.run(
        [programs / "segue", "run", "--quiet", "--pipeline", "pipeline.yaml", "ia:collection:etree"], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def theirs(url, folder):
    import internetarchive
    session = internetarchive.get_session(config={"general": {"secure": False}})
    session.host = url.removeprefix("http://")
    names = [found["identifier"] for found in session.search_items("collection:etree")]

    def work(name):
        for _ in range(8):
            try:
                if not session.get_item(name).download(formats=["Flac"], destdir=str(folder), checksum=True, retries=8, ignore_errors=True):
                    return
            except Exception as error:
                print(name, repr(error)[:200], file=sys.stderr)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(work, names))


def report(who, begin, wanted, files, counts, size):
    seconds, (sent, questions, requests) = time.monotonic() - begin[0], counts
    cpu = sum(os.times()[2:4]) - begin[1]
    found = digests(path.read_bytes() for path in files)
    wrong = sum(wanted.get(number) != digest for number, digest in found.items())
    print(json.dumps({"who": who, "seconds": round(seconds, 2), "cpu_s": round(cpu, 2), "files": len(found), "wrong": wrong, "of": len(wanted), "bytes_ratio": round(sent / size, 4), "questions": questions, "file_requests": requests}), flush=True)


def main():
    programs, files = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(files, there), daemon=True)
    server.start()
    url, wanted, size = here.recv()
    for turn in range(2):
        for who in ("segue", "client"):
            folder = pathlib.Path(tempfile.mkdtemp(dir="/dev/shm"))
            try:
                begin = (time.monotonic(), sum(os.times()[2:4]))
                if who == "segue":
                    ours(programs, url, folder)
                    got = (folder / "Music").rglob("*.flac")
                else:
                    subprocess.run([sys.executable, __file__, "--client", url, folder], check=True)
                    got = folder.rglob("*.flac")
                here.send(True)
                report(who, begin, wanted, got, here.recv(), size)
            finally:
                shutil.rmtree(folder)
    here.send(False)


if __name__ == "__main__":
    if sys.argv[1] == "--client":
        theirs(sys.argv[2], pathlib.Path(sys.argv[3]))
    else:
        main()
