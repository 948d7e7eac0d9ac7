"""The files that are served and worked on, made once for each size and then kept."""

import hashlib
import json
import pathlib
import random
import shutil
import tempfile
from dataclasses import asdict, dataclass
from multiprocessing.pool import Pool

import catalog
import music

SEED = 14
PORT = 18_107
BASE = f"http://127.0.0.1:{PORT}"
STRIPE_KEY, STRIPE_IV = "00112233445566778899aabbccddeeff", "0001020304050607"


@dataclass
class Size:
    """How much of everything; sizes in bytes."""

    short: int = 2000
    long: int = 60
    long_bytes: int = 12_000_000
    mp3: int = 2000
    files: int = 5000
    file_bytes: int = 65_536
    large: int = 4
    large_bytes: int = 512 << 20
    limited_bytes: int = 12_000_000
    wrapped_bytes: int = 600_000_000
    records: int = 200_000
    driven: tuple[int, ...] = (1_000, 10_000, 100_000)


SMALL = Size(
    short=100, long=6, long_bytes=2_000_000, mp3=100, files=500, large=2, large_bytes=32 << 20, limited_bytes=3_000_000,
    wrapped_bytes=30_000_000, records=5_000, driven=(200, 1_000))


class Data:
    """The folder of one size: `www` (what nginx serves), `clear` and `wrapped` audio, `keys`, `truth` and the inputs of single rows."""

    def __init__(self, folder: pathlib.Path, size: Size, base: str) -> None:
        self.folder, self.size, self.base = folder, size, base
        self.www, self.clear, self.wrapped, self.keys = folder / "www", folder / "clear", folder / "wrapped", folder / "keys.txt"

    @property
    def mark(self) -> str:
        """Data that was made with another mark is of no use."""
        return json.dumps([1, self.base, asdict(self.size)])

    def ready(self) -> "Data":
        """Makes the data if it is not there yet."""
        mark = self.folder / "mark"
        if not mark.exists() or mark.read_text() != self.mark:
            shutil.rmtree(self.folder, ignore_errors=True)
            for folder in (self.www / "cover", self.www / "files", self.www / "large", self.clear, self.wrapped):
                folder.mkdir(parents=True)
            self.make()
            mark.write_text(self.mark)
        return self

    def truth(self, number: int) -> list[dict]:
        """The tracks of a playlist in their order: 1 short FLAC, 2 long FLAC, 3 MP3 (of which there is no playlist in the catalog)."""
        return [json.loads(line) for line in (self.folder / f"truth-{number}.ndjson").open()]

    def make(self) -> None:
        size, chance = self.size, random.Random(SEED)
        lists = {
            1: catalog.tracks(3_100_001, size.short, "flac", 0), 2: catalog.tracks(7_300_001, size.long, "flac", 1000),
            3: catalog.tracks(5_200_001, size.mp3, "mp3", 2000)}
        with tempfile.TemporaryDirectory(dir=self.folder) as name, Pool() as pool:
            self.audio(lists, pathlib.Path(name), pool)
            covers = self.covers(lists, pathlib.Path(name))
            self.wrap(lists, chance, pool)
        for number, listed in lists.items():
            chance.shuffle(listed)
            with (self.folder / f"truth-{number}.ndjson").open("w") as file:
                for track in listed:
                    told = {"id": track.id, "kind": track.kind, "album": track.album.id, "cover": covers[track.album.id], "tags": track.tags}
                    file.write(json.dumps(told | track.file) + "\n")
        catalog.publish(self.www, self.base, {1: lists[1], 2: lists[2]})
        self.noise(chance)
        self.stripe(chance)

    def path(self, track: catalog.Track) -> pathlib.Path:
        return self.clear / f"{track.id}.{track.kind}"

    def audio(self, lists: dict[int, list[catalog.Track]], folder: pathlib.Path, pool: Pool) -> None:
        music.short_tracks([self.path(track) for track in lists[1]], pool)
        music.long_tracks([self.path(track) for track in lists[2]], self.size.long_bytes, folder, pool)
        music.mp3_tracks([self.path(track) for track in lists[3]], folder, pool)

    def covers(self, lists: dict[int, list[catalog.Track]], folder: pathlib.Path) -> dict[int, str]:
        """A cover for each album; their digests by album."""
        drawn, digests = music.drawn(folder), {}
        for album in {track.album.id for listed in lists.values() for track in listed}:
            picture = music.picture(album, drawn)
            (self.www / f"cover/{album}.jpg").write_bytes(picture)
            digests[album] = hashlib.sha256(picture).hexdigest()
        return digests

    def wrap(self, lists: dict[int, list[catalog.Track]], chance: random.Random, pool: Pool) -> None:
        """Wraps all FLAC, each with a key of its own, and notes what is known about each file."""
        tracks = [track for listed in lists.values() for track in listed]
        jobs = [(self.path(track), self.wrapped / str(track.id), chance.randbytes(16), chance.randbytes(8)) for track in tracks]
        for track, job, file in zip(tracks, jobs, pool.map(wrapped_file, jobs, chunksize=4)):
            track.file = {**file, "iv": job[3].hex()}
        self.keys.touch(0o600)
        self.keys.write_text("".join(f"k{track.id} {job[2].hex()}\n" for track, job in zip(tracks, jobs)))

    def noise(self, chance: random.Random) -> None:
        """Files of random bytes for fetch."""
        with (self.folder / "files.ndjson").open("w") as told:
            for folder, count, length in (("files", self.size.files, self.size.file_bytes), ("large", self.size.large, self.size.large_bytes),
                                          ("limited", 1, self.size.limited_bytes)):
                for number in range(count):
                    path = self.www / folder / f"{number:05d}"
                    path.parent.mkdir(exist_ok=True)
                    digest = noise_file(path, length, chance)
                    told.write(json.dumps({"set": folder, "name": path.name, "bytes": length, "sha256": digest}) + "\n")


    def stripe(self, chance: random.Random) -> None:
        """One long encrypted file, a third of it alone (as much as is encrypted), and the digest of what it becomes."""
        clear, count = chance.randbytes(music.CHUNK * music.EVERY * 512), self.size.wrapped_bytes // 6144 * 6144
        encrypted, digest = music.wrapped(clear, bytes.fromhex(STRIPE_KEY), bytes.fromhex(STRIPE_IV)), hashlib.sha256()
        with (self.folder / "stripe").open("wb") as file:
            for start in range(0, count, len(clear)):
                file.write(encrypted[:count - start])
                digest.update(clear[:count - start])
        (self.folder / "stripe-sha256").write_text(digest.hexdigest())
        third = count // 3 // 8 * 8
        with (self.folder / "stripe-third").open("wb") as file:
            for start in range(0, third, len(encrypted)):
                file.write(encrypted[:third - start])


def noise_file(path: pathlib.Path, length: int, chance: random.Random) -> str:
    """Writes random bytes, and returns their SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, length, 1 << 20):
            block = chance.randbytes(min(1 << 20, length - start))
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def wrapped_file(job: tuple[pathlib.Path, pathlib.Path, bytes, bytes]) -> dict:
    """Wraps a FLAC file into its twin; an MP3 file is only read. Returns what the truth says about it."""
    source, target, key, iv = job
    clear, kind = source.read_bytes(), source.suffix[1:]
    clear_digest = hashlib.sha256(clear).hexdigest()
    known = {"clear_sha256": clear_digest, "essence": music.essence(clear, kind), "bytes": len(clear)}
    if kind == "mp3":
        return {**known, "sha256": clear_digest, "seconds": 4}
    data, info = music.wrapped(clear, key, iv), music.stream_info(clear)
    target.write_bytes(data)
    return {**known, "sha256": hashlib.sha256(data).hexdigest(), "pcm": info.md5, "seconds": max(1, round(info.samples / info.rate))}
